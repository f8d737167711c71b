// A process of the bench's own that does one thing when it is asked and answers with what came of it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Stand } from './stand.ts';

export interface Hand<Order, Answer> {
  run(order: Order): Promise<Answer>;
  end(): void;
}

/** `file` lies beside this one; it sends a message when it is ready, and one for each order. */
export async function startHand<Order extends object, Answer>(
  { ground: { run }, signal }: Pick<Stand, 'ground' | 'signal'>,
  name: string,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<Hand<Order, Answer>> {
  const child = fork(join(import.meta.dirname, file), {
    execArgv: ['--import', import.meta.resolve('tsx/esm')],
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  run.adopt(name, child.pid!);
  run.onStop(async () => void child.kill('SIGKILL'));
  // Whoever gives up does not wait for its answer.
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const ended = once(child, 'exit').then(() => {
    signal.throwIfAborted();
    throw new Error(`${name}: the process that measures ended`);
  });
  // At the end it is meant to end, and nobody waits for it any more.
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return {
    async run(order) {
      child.send(order);
      const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
      return answer;
    },
    end: () => void child.kill('SIGTERM'),
  };
}
