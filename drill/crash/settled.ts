// After the last recovery: how long until every order is final and nothing is under way any more.
import { Queue } from 'bullmq';
import postgres from 'postgres';
import { queues } from '../../workers/queues.ts';
import { drain } from '../drain.ts';
import type { QueueFacts } from '../facts.ts';
import type { Scene } from './scene.ts';

const everyMs = 500;

/** Waits until `withinSeconds` after the recovery; what it waited counts from there, too. */
export async function settled(scene: Scene, recoveredMs: number, withinSeconds: number): Promise<QueueFacts> {
  const { ground, progress, signal } = scene;
  const since = () => (Date.now() - recoveredMs) / 1_000;
  const drained = await drain(ground.ownerUrl, withinSeconds - since(), signal, (left) =>
    progress.status(textOf(left) || 'nothing left in the database'),
  );
  for (;;) {
    const left = { ...drained.left, ...(await underWay(scene)) };
    const waited_seconds = since();
    const more = Object.keys(left).filter((name) => !(name in drained.left) && left[name]! > 0);
    progress.status(textOf(left) || 'nothing left');
    if (more.length === 0) return { waited_seconds, drained: drained.drained, left };
    if (waited_seconds > withinSeconds || signal.aborted) return { waited_seconds, drained: false, left };
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** What drain.ts does not count: events that no consumer finished, and jobs in Redis. */
async function underWay({ ground }: Scene): Promise<Record<string, number>> {
  const left: Record<string, number> = { 'events not handled': await unhandled(ground.ownerUrl) };
  for (const { name } of queues) {
    const queue = new Queue(name, { connection: { url: ground.redis.url, maxRetriesPerRequest: null } });
    // Without a listener an error of its connection would end this process.
    queue.on('error', () => undefined);
    left[`jobs in ${name}`] = await queue.getJobCountByTypes('waiting', 'active', 'delayed');
    await queue.close();
  }
  return left;
}

async function unhandled(ownerUrl: string): Promise<number> {
  const sql = postgres(ownerUrl, { max: 1 });
  try {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from orders.outbox where handled_at is null`;
    return row!.count;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const textOf = (left: Readonly<Record<string, number>>) =>
  Object.entries(left)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
