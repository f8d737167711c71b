// How far back a pass looks. Every pass looks at what changed just now; now and then one looks at the last minutes, and
// seldom one at everything: each row is read a few times in its life and not in every pass of its first minutes.
import type postgres from 'postgres';
import type { Sql, Tx } from '../core/db/client.ts';

export type Within = 'just now' | 'lately' | 'ever';

/** Each longer than until the next wider look, so that nothing falls between. */
const lookBackSeconds = { 'just now': 30, lately: 360 } as const;
const everyMs = { lately: 15_000, ever: 300_000 } as const;

export const ago = (sql: Sql | Tx, seconds: number) =>
  sql`clock_timestamp() - ${seconds}::float8 * interval '1 second'`;

/** The oldest moment that is looked at. */
export const oldest = (sql: Sql | Tx, within: Exclude<Within, 'ever'>) => ago(sql, lookBackSeconds[within]);

export const since = (sql: Sql | Tx, column: postgres.Fragment, within: Within) =>
  within === 'ever' ? sql`` : sql`and ${column} > ${oldest(sql, within)}`;

export interface Looks {
  next(): Within;
  /** Nothing was found. What a wide look finds is looked for as widely again: it must be seen to go as soon as it went. */
  clean(within: Within): void;
}

export function createLooks(): Looks {
  let latelyAt = Number.NEGATIVE_INFINITY;
  let everAt = Number.NEGATIVE_INFINITY;
  return {
    next() {
      const now = performance.now();
      if (now - everAt >= everyMs.ever) return 'ever';
      return now - latelyAt >= everyMs.lately ? 'lately' : 'just now';
    },
    clean(within) {
      if (within !== 'just now') latelyAt = performance.now();
      if (within === 'ever') everAt = performance.now();
    },
  };
}
