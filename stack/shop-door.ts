// How a command reaches a running shop: the one named to it, else the one that `headroom up` or a drill runs here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './process-table.ts';
import { readLock } from './run-lock.ts';
import { type RunRecord, recordFile, type ShopDoor, type WorkersDoor } from './run-record.ts';
import { UsageError } from './usage-error.ts';

export interface DoorWish {
  readonly ordersUrl?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly stateDirectory: string;
}

export function findShopDoor({ ordersUrl, env, stateDirectory }: DoorWish): ShopDoor {
  if (ordersUrl !== undefined) {
    // Never a flag: what is typed on a command line is seen by everybody on the machine.
    if (!env.SERVICE_TOKEN)
      throw new UsageError(
        '--orders-url needs the secret of that shop: set SERVICE_TOKEN in the environment',
      );
    return { ordersUrl: ordersUrl.replace(/\/+$/, ''), serviceToken: env.SERVICE_TOKEN };
  }
  const door = runningDoor(stateDirectory);
  if (door === undefined)
    throw new UsageError(
      'no shop is running here: start one with `headroom up`, or name one with --orders-url and SERVICE_TOKEN',
    );
  return door;
}

/** What the workers of the shop stand on. Both URLs hold passwords: from the environment or from the record, never a flag. */
export function findWorkersDoor({
  elsewhere,
  env,
  stateDirectory,
}: Omit<DoorWish, 'ordersUrl'> & { readonly elsewhere: boolean }): WorkersDoor {
  if (elsewhere) {
    if (!env.DATABASE_URL || !env.REDIS_URL)
      throw new UsageError(
        "--elsewhere needs DATABASE_URL (the workers' role) and REDIS_URL in the environment",
      );
    return { databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL };
  }
  const door = runningDoor(stateDirectory)?.workers;
  if (door === undefined)
    throw new UsageError(
      'no shop is running here: start one with `headroom up`, or name one with --elsewhere, DATABASE_URL and REDIS_URL',
    );
  return door;
}

function runningDoor(stateDirectory: string): ShopDoor | undefined {
  const runs = join(stateDirectory, 'run');
  const holder = readLock(runs);
  return holder !== null && isAlive(holder.owner) ? recordedDoor(join(runs, holder.id)) : undefined;
}

function recordedDoor(directory: string): ShopDoor | undefined {
  try {
    return (JSON.parse(readFileSync(join(directory, recordFile), 'utf8')) as RunRecord).shop;
  } catch (error) {
    // It ended between two looks.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
