// Waits until nothing is under way any more: what is left when the wait ends is said, never hidden.
import postgres from 'postgres';
import type { QueueFacts } from './facts.ts';
import { deadLetters } from './run-checks.ts';

const everyMs = 500;
// A pass of reconciliation lies between two looks that both find nothing.
const quietLooks = 5;

type Left = Readonly<Record<string, number>>;

async function look(sql: postgres.Sql): Promise<Left> {
  const [row] = await sql<Record<string, number>[]>`
    select
      (select count(*)::int from orders.outbox where published_at is null) as "events not published",
      (select count(*)::int from orders.payment_attempts where state in ('started', 'unknown')) as "payments undecided",
      (select count(*)::int from orders.payment_operations where state in ('requested', 'unknown')) as "captures and refunds undecided",
      (select count(*)::int from orders.orders where state = 'pending_payment') as "orders pending",
      (select count(*)::int from orders.orders o where state = 'authorized' and not exists
        (select from orders.notifications n where n.order_id = o.public_id and n.state = 'sent')) as "mails not sent",
      (select count(*)::int from orders.dead_letters where redriven_at is null and dropped_at is null) as ${sql(deadLetters)}`;
  return row!;
}

export async function drain(
  ownerUrl: string,
  limitSeconds: number,
  signal: AbortSignal | undefined,
  onLook: (left: Left) => void,
): Promise<QueueFacts> {
  const sql = postgres(ownerUrl, { max: 1, connect_timeout: 10 });
  const started = performance.now();
  const waited = () => (performance.now() - started) / 1000;
  try {
    for (let quiet = 0; ; ) {
      const left = await look(sql);
      onLook(left);
      quiet = Object.entries(left).every(([name, count]) => count === 0 || name === deadLetters)
        ? quiet + 1
        : 0;
      if (quiet >= quietLooks) return { waited_seconds: waited(), drained: true, left };
      if (waited() > limitSeconds || signal?.aborted === true)
        return { waited_seconds: waited(), drained: false, left };
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}
