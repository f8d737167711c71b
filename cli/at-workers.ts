// What `headroom dlq` and `headroom queue` share: which shop, who, and what becomes of a store that is away.
import type { Command } from 'commander';
import type { Desk } from '../workers/desk.ts';
import type { Cli } from './cli.ts';

const noAnswer = 3;

export interface WorkersOptions {
  readonly elsewhere?: boolean;
  readonly json?: boolean;
}

export const ofWorkers = (command: Command): Command =>
  command
    .option('--elsewhere', 'of another shop: its DATABASE_URL and REDIS_URL are in the environment')
    .option('--json', 'print the result as JSON');

/** Nothing was begun when a store is away. */
export async function atWorkers(
  cli: Cli,
  { elsewhere = false }: WorkersOptions,
  needsRedis: boolean,
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  const [{ atDesk }, { findWorkersDoor }, { stateDirectory }] = await Promise.all([
    import('../workers/desk.ts'),
    import('../stack/shop-door.ts'),
    import('../stack/places.ts'),
  ]);
  const door = findWorkersDoor({ elsewhere, env: process.env, stateDirectory: stateDirectory() });
  const answer = await atDesk({ ...door, needsRedis }, work);
  if (answer.kind === 'done') return;
  cli.io.err(`${answer.store} does not answer: nothing was done\n`);
  cli.finish(noAnswer);
}
