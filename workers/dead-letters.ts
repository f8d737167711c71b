// Jobs that will not run again by themselves, copied from Redis to PostgreSQL where an alert counts them and a person
// finds them. Copied by looking at the failed set, not on the event of failing: that would be missed by a process
// that dies in that moment, and by one whose PostgreSQL is away.
import type { Job } from 'bullmq';
import type { Database } from '../core/db/client.ts';
import { redact } from '../core/telemetry/log.ts';
import { type QueueName, queues } from './queues.ts';
import type { Producer } from './redis.ts';

const pageSize = 100;
const errorLength = 500;

/** Number of dead letters found that were not on record. */
export async function recordDeadLetters(db: Database, producer: Producer): Promise<number> {
  let found = 0;
  for (const { name } of queues) {
    const queue = await producer.queue(name);
    // All of it, newest first: behind a page that is on record may be a failure that is not, from when PostgreSQL was
    // away. A failure meanwhile moves the rest to later pages, so none is passed over; each one is an alert, so they are few.
    for (let start = 0; ; start += pageSize) {
      const jobs = (await queue.getFailed(start, start + pageSize - 1)) as Job[];
      if (jobs.length > 0) found += await record(db, name, jobs);
      if (jobs.length < pageSize) break;
    }
  }
  return found;
}

async function record(db: Database, queue: QueueName, jobs: readonly Job[]): Promise<number> {
  const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
  const letters = jobs.map((job) => ({
    job_id: job.id ?? '',
    event_id: uuid.test(job.id ?? '') ? (job.id ?? null) : null,
    order_id: (job.data?.event?.order_id as string | undefined) ?? null,
    error: redact(job.failedReason ?? 'no reason given').slice(0, errorLength),
    traceparent: (job.data?.traceparent as string | undefined) ?? null,
    failed_ms: job.finishedOn ?? Date.now(),
  }));
  const rows = await db.query(
    'record dead letters',
    (sql) => sql`
      insert into orders.dead_letters as d (queue, job_id, event_id, order_id, error, traceparent, first_failed_at)
      select ${queue}, job_id, event_id, order_id, error, traceparent, to_timestamp(failed_ms / 1000.0)
      from jsonb_to_recordset(${sql.json(letters as never)}::jsonb) as l (job_id text, event_id uuid, order_id text, error text,
        traceparent text, failed_ms float8)
      -- Failed again after it was driven again: open once more. Dropped is dropped.
      on conflict (queue, job_id) do update set redriven_at = null, redriven_by = null, error = excluded.error
        where d.redriven_at < excluded.first_failed_at and d.dropped_at is null
      returning id`,
  );
  return rows.length;
}
