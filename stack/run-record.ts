// What a run writes down before it uses a child: all that the next run needs to clear up after a kill -9.
import type { Outside } from './outside.ts';
import type { Identity } from './process-table.ts';

/** How a command in another terminal reaches the shop that runs here. */
export interface ShopDoor {
  readonly ordersUrl: string;
  readonly serviceToken: string;
  /** What the workers stand on: the role's own connection string, and Redis. */
  readonly workers?: WorkersDoor | undefined;
}

export interface WorkersDoor {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

export interface RunRecord {
  readonly id: string;
  readonly owner: Identity;
  readonly children: readonly (Identity & { readonly name: string })[];
  /** Directories outside the run's own, to be removed with it. */
  readonly elsewhere: readonly string[];
  /** In servers of the user's own. */
  readonly outside?: readonly Outside[];
  /** Once it serves. */
  readonly shop?: ShopDoor | undefined;
}

export const recordFile = 'pids.json';
