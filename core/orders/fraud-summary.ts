// Fraud told both ways: what chargebacks cost this month against their budget, and how many of the buyers who were
// stopped were honest. From the ledger and from what people judged, never from counters of a process.
import type { Database } from '../db/client.ts';

const windowDays = 30;

export interface FraudSummary {
  /** Calendar month in UTC; per currency, because minor units of two do not add up. */
  readonly chargebacks: readonly {
    readonly currency: string;
    readonly count: number;
    readonly amount_minor: number;
    readonly budget_minor: number;
    readonly used_ratio: number;
  }[];
  /** Of the last 30 days. */
  readonly screening: {
    readonly reviewed: number;
    readonly rejected: number;
    /** Of those, judged since. */
    readonly judged: number;
    readonly legitimate: number;
    /** Null while nothing was judged: no rate is not a rate of 0. */
    readonly false_positive_ratio: number | null;
  };
  readonly open_reviews: number;
  readonly oldest_open_review_s: number;
}

interface Row {
  readonly spent: { currency: string; count: number; amount_minor: number }[];
  readonly reviewed: number;
  readonly rejected: number;
  readonly judged: number;
  readonly legitimate: number;
  readonly open_reviews: number;
  readonly oldest_open_review_s: number;
}

export async function fraudSummary(db: Database, budgetMinor: number): Promise<FraudSummary> {
  const [row] = await db.query(
    'fraud summary',
    (sql) => sql<Row[]>`
      with spent as (
        -- A dispute won on appeal cost nothing, in the month that lost it and in no other.
        select lost.currency, count(*) filter (where won.id is null) as count,
          sum(lost.amount_minor - coalesce(won.amount_minor, 0))::bigint as amount_minor
        from orders.payment_ledger lost
        left join orders.payment_ledger won
          on won.operation_id = lost.operation_id and won.kind = 'chargeback_reversed'
        where lost.kind = 'charged_back'
          and lost.created_at >= date_trunc('month', now() at time zone 'utc') at time zone 'utc'
        group by lost.currency
      ),
      -- Accepted after a look, it was delayed for nothing; the label is what says so.
      stopped as (
        select order_id as subject, 'review' as how from orders.fraud_reviews
        where opened_at > now() - ${windowDays}::int * interval '1 day'
        union all
        select reference, 'rejection' from orders.fraud_rejections
        where created_at > now() - ${windowDays}::int * interval '1 day'
      )
      select coalesce((select json_agg(spent order by currency) from spent), '[]'::json) as spent,
        count(*) filter (where s.how = 'review')::int as reviewed,
        count(*) filter (where s.how = 'rejection')::int as rejected,
        count(l.subject)::int as judged,
        count(*) filter (where l.label = 'legitimate')::int as legitimate,
        (select count(*)::int from orders.fraud_reviews where state = 'open') as open_reviews,
        (select coalesce(max(extract(epoch from now() - opened_at)), 0)::int
          from orders.fraud_reviews where state = 'open') as oldest_open_review_s
      from stopped s left join orders.fraud_labels l using (subject)`,
  );
  const { spent, open_reviews, oldest_open_review_s, ...screening } = row!;
  const { judged, legitimate } = screening;
  return {
    chargebacks: spent.map((each) => ({
      ...each,
      budget_minor: budgetMinor,
      used_ratio: each.amount_minor / budgetMinor,
    })),
    screening: { ...screening, false_positive_ratio: judged === 0 ? null : legitimate / judged },
    open_reviews,
    oldest_open_review_s,
  };
}
