import type { Command } from 'commander';
import type { Desk } from '../workers/desk.ts';
import { type QueueName, queues } from '../workers/queues.ts';
import { UsageError } from '../stack/usage-error.ts';
import { atWorkers, ofWorkers, type WorkersOptions } from './at-workers.ts';
import { type Cli, positive, print } from './cli.ts';

/** Not empty in time: the answer is no, and nothing went wrong. */
const notEmpty = 1;
const longestWaitSeconds = 86_400;

export function addQueue(cli: Cli): void {
  const group = cli.program
    .command('queue')
    .description('Queues of the running shop: what waits, what is in hand, what is paused.')
    .addHelpText(
      'after',
      '\nExample:\n  headroom queue list --json\n  headroom queue pause notifications\n  headroom queue rebuild',
    );
  ofWorkers(group.command('list'))
    .description('Every queue: jobs by state, its cap, and what the outbox still waits for from it.')
    .addHelpText('after', '\nExample:\n  headroom queue list')
    .action((options: WorkersOptions) => atWorkers(cli, options, true, (desk) => list(cli, options, desk)));
  addHold(cli, group, 'pause', 'Jobs in hand are finished, no other is begun by any process until resume.');
  addHold(cli, group, 'resume', 'Goes on where pause stopped.');
  addDrain(cli, group);
  addRebuild(cli, group);
}

async function list(cli: Cli, { json }: WorkersOptions, { db, producer }: Desk): Promise<void> {
  const { queueStates, queuesText } = await desk();
  const states = await queueStates(db, producer);
  print(cli, json, states, queuesText(states));
}

function addHold(cli: Cli, group: Command, act: 'pause' | 'resume', description: string): void {
  ofWorkers(group.command(`${act} <name>`))
    .description(description)
    .addHelpText('after', `\nExample:\n  headroom queue ${act} notifications`)
    .action((text: string, options: WorkersOptions) => {
      const name = named(text);
      return atWorkers(cli, options, true, async (at) => {
        const { pauseQueue, resumeQueue } = await desk();
        await { pause: pauseQueue, resume: resumeQueue }[act](at.producer, name);
        await list(cli, options, at);
      });
    });
}

function addDrain(cli: Cli, group: Command): void {
  ofWorkers(group.command('drain <name>'))
    .description('Waits until nothing is left for it to do; throws nothing away. Exit 1: not empty in time.')
    .option('--within <seconds>', 'how long to wait', positive(longestWaitSeconds), 300)
    .addHelpText('after', '\nExample:\n  headroom queue drain notifications --within 60')
    .action((text: string, options: WorkersOptions & { readonly within: number }) => {
      const name = named(text);
      return atWorkers(cli, options, true, async (at) => {
        const [{ drainQueue }, { watched }] = await Promise.all([desk(), import('./watched.ts')]);
        const drained = await watched(cli, (_, signal) =>
          drainQueue(at.db, at.producer, name, { withinMs: options.within * 1_000, signal }),
        );
        if (drained.kind === 'paused')
          throw new UsageError(`${name} is paused and would never run empty: resume it first`);
        if (drained.kind === 'not_in_time') cli.finish(notEmpty);
        await list(cli, options, at);
      });
    });
}

function addRebuild(cli: Cli, group: Command): void {
  ofWorkers(group.command('rebuild'))
    .description('Queues again what was published and is not handled. What is there already is not doubled.')
    .addHelpText('after', '\nExample:\n  headroom queue rebuild')
    .action((options: WorkersOptions) =>
      atWorkers(cli, options, true, async ({ db, producer }) => {
        const { requeueLost } = await import('../workers/lost-jobs.ts');
        const jobs = await requeueLost(db, producer, 0);
        print(cli, options.json, { jobs }, `${jobs} jobs handed to the queues once more`);
      }),
    );
}

const desk = async () => ({
  ...(await import('../workers/queue-desk.ts')),
  ...(await import('../workers/desk-text.ts')),
});

function named(text: string): QueueName {
  const found = queues.find(({ name }) => name === text);
  if (found === undefined)
    throw new UsageError(`${text} is no queue: ${queues.map(({ name }) => name).join(', ')}`);
  return found.name;
}
