// What a person does with a dead letter: look, run it again, or drop it for a reason. Who did what stays on record.
import type { Envelope } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import { handleEvents } from '../core/outbox/inbox.ts';
import { handledOf } from './handled-event.ts';
import { eventsInOutbox } from './lost-jobs.ts';
import { publish } from './outbox-relay.ts';
import type { QueueName } from './queues.ts';
import type { JobQueue, Producer } from './redis.ts';

export interface Letter {
  readonly id: number;
  readonly queue: QueueName;
  readonly job_id: string;
  readonly event_id: string | null;
  readonly order_id: string | null;
  readonly error: string;
  readonly traceparent: string | null;
  readonly failed_at: Date;
  readonly state: 'open' | 'redriven' | 'dropped';
  readonly by: string | null;
  readonly why: string | null;
}

const mostListed = 1_000;

const letters = (sql: Database['sql']) => sql`
  select id, queue, job_id, event_id, order_id, error, traceparent, first_failed_at as failed_at,
    case when dropped_at is not null then 'dropped' when redriven_at is not null then 'redriven' else 'open' end as state,
    coalesce(dropped_by, redriven_by) as by, dropped_why as why
  from orders.dead_letters`;

/** Open ones, oldest first; `all` also what was redriven or dropped. */
export const listLetters = (db: Database, all = false): Promise<Letter[]> =>
  db.query(
    'list dead letters',
    (sql) => sql<Letter[]>`
      ${letters(sql)} where ${all} or (redriven_at is null and dropped_at is null) order by id limit ${mostListed}`,
  );

export async function findLetter(db: Database, id: number): Promise<Letter | null> {
  const [letter] = await db.query(
    'find dead letter',
    (sql) => sql<Letter[]>`${letters(sql)} where id = ${id}`,
  );
  return letter ?? null;
}

export type DeskResult =
  | { readonly kind: 'redriven' | 'dropped' }
  | { readonly kind: 'not_found' }
  /** Redriven or dropped already. */
  | { readonly kind: 'not_open' }
  /** Neither in the queue nor in the outbox: there is nothing left to run. */
  | { readonly kind: 'nothing_to_run' };

/** Runs it again from its first attempt. The effect is still at most once: the inbox decides that. */
export async function redriveLetter(
  db: Database,
  producer: Producer,
  id: number,
  by: string,
): Promise<DeskResult> {
  const letter = await findLetter(db, id);
  if (letter === null) return { kind: 'not_found' };
  if (letter.state !== 'open') return { kind: 'not_open' };
  const queue = await producer.queue(letter.queue);
  const job = await queue.getJob(letter.job_id);
  const failed = job !== undefined && (await job.isFailed());
  const lost = failed || letter.event_id === null ? [] : await eventsInOutbox(db, [letter.event_id]);
  if (!failed && job === undefined && lost.length === 0) return { kind: 'nothing_to_run' };
  // First the record: a job that fails at once must be newer than it.
  const [mine] = await db.query(
    'note redriven',
    (sql) => sql`
      update orders.dead_letters set redriven_at = clock_timestamp(), redriven_by = ${by}
      where id = ${id} and redriven_at is null and dropped_at is null returning id`,
  );
  if (mine === undefined) return { kind: 'not_open' };
  if (failed) await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  else await publishAnew(queue, lost);
  return { kind: 'redriven' };
}

/** A finished job of that id would make the queue think it has been done. */
async function publishAnew(queue: JobQueue, envelopes: readonly Envelope[]): Promise<void> {
  for (const { event } of envelopes) {
    const known = await queue.getJob(event.event_id);
    if (known !== undefined && (await known.isCompleted())) await known.remove();
  }
  await publish(
    queue,
    envelopes.map((envelope) => ({ envelope })),
  );
}

/** Nobody will handle it. It counts as handled from now on, so that nothing looks for it again. */
export async function dropLetter(
  db: Database,
  producer: Producer,
  id: number,
  { by, why }: { readonly by: string; readonly why: string },
): Promise<DeskResult> {
  const letter = await findLetter(db, id);
  if (letter === null) return { kind: 'not_found' };
  const events = letter.event_id === null ? [] : await eventsInOutbox(db, [letter.event_id]);
  const dropped = await db.transaction('drop dead letter', async (tx) => {
    const rows = await tx`
      update orders.dead_letters set dropped_at = clock_timestamp(), dropped_by = ${by}, dropped_why = ${why}
      where id = ${id} and redriven_at is null and dropped_at is null returning id`;
    if (rows.length === 0) return false;
    if (events.length > 0)
      await handleEvents(
        tx,
        letter.queue,
        events.map(({ event }) => handledOf(event)),
      );
    return true;
  });
  if (!dropped) return { kind: 'not_open' };
  // Redis may be away, and may keep it: dropped is what the record says.
  if (producer.isReady()) {
    const job = await (await producer.queue(letter.queue)).getJob(letter.job_id);
    if (job !== undefined && (await job.isFailed())) await job.remove();
  }
  return { kind: 'dropped' };
}
