// Everything that follows an order is part of its cost: a measurement ends when the last event was handled.
import postgres from 'postgres';
import { until } from '../../stack/until.ts';
import type { Stand } from './stand.ts';

const withinMs = 180_000;

export async function caughtUp({ ground, signal }: Stand): Promise<void> {
  const sql = postgres(ground.ownerUrl, { max: 1 });
  try {
    const look = async () => {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from orders.outbox where handled_at is null`;
      return row!.count === 0 ? true : null;
    };
    await until('events were handled', look, { withinMs, everyMs: 200, signal });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** What one row wrote is neither flushed nor vacuumed under the next. */
export async function putAway({ ground }: Stand): Promise<void> {
  const sql = postgres(ground.ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql`vacuum analyze`;
    await sql`checkpoint`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
