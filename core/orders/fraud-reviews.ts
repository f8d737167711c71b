// Orders that fraud screening wants a person to look at, and submissions it refused. A review is opened in the commit that
// makes its order; until it is accepted nobody captures the money or ships.
import type { Screening } from '../contracts/orders-api.ts';
import type { Database, Sql, Tx } from '../db/client.ts';

/** CTE `reviewed` over the CTE `holder (order_id)`. */
export const openReview = (sql: Sql | Tx, { score }: Screening) => sql`
  reviewed as (
    insert into orders.fraud_reviews (order_id, score) select order_id, ${score}::int from holder
    on conflict (order_id) do nothing
  )`;

/**
 * For an order that an earlier try made, and that screening thinks less of now: it may have been charged, so a person looks
 * before it is captured, whether it would be refused or only looked at today.
 */
export const reviewResumed = (sql: Sql | Tx, orderId: string, fraud: Screening) => sql`
  with holder as (select ${orderId}::text as order_id), ${openReview(sql, fraud)} select`;

/** Nothing was made of it, and yet it counts: the buyer may have been honest. */
export async function noteRejection(
  db: Database,
  { score, reference }: Screening,
  { amount_minor, currency }: { readonly amount_minor: number; readonly currency: string },
): Promise<void> {
  await db.query(
    'note fraud rejection',
    (sql) => sql`
      insert into orders.fraud_rejections (reference, score, amount_minor, currency)
      values (${reference}, ${score}, ${amount_minor}, ${currency}) on conflict (reference) do nothing`,
  );
}

export interface OpenReview {
  readonly order_id: string;
  readonly score: number | null;
  readonly state: string;
  readonly order_state: string;
  readonly total_minor: number;
  readonly currency: string;
  readonly opened_at: Date;
}

/** Oldest first: a buyer is waiting for each. */
export function openReviews(db: Database, limit: number): Promise<OpenReview[]> {
  return db.query(
    'read open reviews',
    (sql) => sql<OpenReview[]>`
      select r.order_id, r.score, r.state, o.state as order_state, o.total_minor, o.currency, r.opened_at
      from orders.fraud_reviews r join orders.orders o on o.public_id = r.order_id
      where r.state = 'open' order by r.opened_at limit ${limit}`,
  );
}

export type Decision = 'accepted' | 'rejected';
export type Decided =
  | { readonly kind: 'decided'; readonly state: Decision }
  /** Somebody decided before, and not the same: the first word stands. */
  | { readonly kind: 'decided_otherwise'; readonly state: Decision }
  | { readonly kind: 'no_such_review' };

/** Two people may decide at once: one of them is told the other's word. The same word again is no news. */
export async function decideReview(
  sql: Sql | Tx,
  orderId: string,
  decision: Decision,
  by: string,
): Promise<Decided> {
  await sql`
    update orders.fraud_reviews set state = ${decision}, decided_at = now(), decided_by = ${by}
    where order_id = ${orderId} and state = 'open'`;
  const [row] = await sql<{ state: Decision }[]>`
    select state from orders.fraud_reviews where order_id = ${orderId}`;
  if (row === undefined) return { kind: 'no_such_review' };
  return { kind: row.state === decision ? 'decided' : 'decided_otherwise', state: row.state };
}

export type Label = 'legitimate' | 'fraud';

/** What turned out later; the last word stands, because more is known with time. False when the subject is not ours. */
export async function labelSubject(
  db: Database,
  subject: string,
  label: Label,
  by: string,
): Promise<boolean> {
  const rows = await db.query(
    'label fraud subject',
    (sql) => sql`
      insert into orders.fraud_labels as l (subject, label, labelled_by)
      select ${subject}, ${label}, ${by}
      where exists (select from orders.orders where public_id = ${subject})
        or exists (select from orders.fraud_rejections where reference = ${subject})
      on conflict (subject) do update set label = excluded.label, labelled_by = excluded.labelled_by, labelled_at = now()
      returning subject`,
  );
  return rows.length === 1;
}
