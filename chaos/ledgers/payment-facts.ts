// What the ledgers tell of each payment: its ids, its order, its amount, its state, and that it is there at all.
import { type Fact, says } from './fact.ts';
import type { Joined } from './joined.ts';
import { isBack, moneyBack } from './money-back.ts';
import { orderOf, type PaymentCluster, paymentClusters } from './payment-clusters.ts';
import type { ProviderRow, RowOf } from './rows.ts';

const money = (row: { readonly amount_minor: number; readonly currency: string }) =>
  `${row.amount_minor} ${row.currency}`;

/** The shop does not tell authorised from captured in an attempt. */
const stateOf = (status: ProviderRow['status']) => (status === 'captured' ? 'approved' : status);
const decided = (state: RowOf<'attempt'>['state']) =>
  state === 'approved' || state === 'declined' || state === 'voided' ? state : null;

function idFacts(cluster: PaymentCluster, subject: string): Fact[] {
  const { charges, attempts, payments, records } = cluster;
  return [
    {
      what: `order of payment ${subject}`,
      subject,
      witnesses: [
        ...charges.flatMap((c) => says('providers', 'charge', c.order)),
        ...attempts.flatMap((a) => says('database', 'attempt', a.order_id)),
        ...payments.flatMap((p) => says('database', 'payment ledger', p.order_id)),
        ...records.flatMap((r) => says('database', 'provider record', r.order_id)),
      ],
    },
    {
      what: `reference of payment ${subject}`,
      subject,
      witnesses: [
        ...charges.flatMap((c) => says('providers', 'charge', c.reference)),
        ...charges.flatMap((c) => says('providers', 'idempotency key', c.key)),
        ...attempts.flatMap((a) => says('database', 'attempt', a.attempt_id)),
        ...payments.flatMap((p) => says('database', 'payment ledger', p.attempt_id)),
        ...records.flatMap((r) => says('database', 'provider record', r.attempt_id)),
      ],
    },
    {
      what: `charge id of payment ${subject}`,
      subject,
      witnesses: [
        ...charges.flatMap((c) => says('providers', 'charge', c.id)),
        ...attempts.flatMap((a) => says('database', 'attempt', a.provider_reference)),
        ...records.flatMap((r) => says('database', 'provider record', r.charge_id)),
      ],
    },
    {
      what: `provider of payment ${subject}`,
      subject,
      witnesses: [
        ...charges.flatMap((c) => says('providers', 'charge', c.provider)),
        ...attempts.flatMap((a) => says('database', 'attempt', a.provider)),
        ...records.flatMap((r) => says('database', 'provider record', r.provider)),
      ],
    },
  ];
}

function amountFact(cluster: PaymentCluster, subject: string, joined: Joined): Fact {
  const { charges, attempts, payments, records } = cluster;
  const order = joined.orderById.get(orderOf(cluster));
  // A record without an order id speaks for the cart; with two orders of one cart it speaks for neither.
  const alone = order !== undefined && joined.ordersOfCart(order.checkout_id).length === 1;
  const told = order === undefined ? [] : joined.shoppersOf(order.order_id);
  return {
    what: `amount of payment ${subject}`,
    subject,
    witnesses: [
      ...charges.flatMap((c) => says('providers', 'charge', money(c))),
      ...attempts.flatMap((a) => says('database', 'attempt', money(a))),
      ...payments.flatMap((p) => (isBack(p) ? [] : says('database', 'payment ledger', money(p)))),
      ...records.flatMap((r) => says('database', 'provider record', money(r))),
      ...(order === undefined ? [] : says('database', 'order', `${order.total_minor} ${order.currency}`)),
      ...told.flatMap((row) =>
        row.amount_minor > 0 && (row.order_id !== null || alone) ? says('shoppers', 'told', money(row)) : [],
      ),
    ],
  };
}

function stateFact({ charges, attempts }: PaymentCluster, subject: string): Fact {
  return {
    what: `state of payment ${subject}`,
    subject,
    witnesses: [
      ...charges.flatMap((c) => says('providers', 'charge', stateOf(c.status))),
      ...charges.flatMap((c) => says('providers', 'history', stateOf(c.history.at(-1)!.status))),
      ...(charges.length === 0 ? [] : attempts.flatMap((a) => says('database', 'attempt', decided(a.state)))),
    ],
  };
}

/** Asked only when the charge or the attempt is missing: the provider record may lag behind a payment that is whole. */
function presenceFact(
  cluster: PaymentCluster,
  subject: string,
  joined: Joined,
  others: readonly PaymentCluster[],
): Fact[] {
  const { charges, attempts, payments, records } = cluster;
  const settled = attempts.filter(({ state }) => state === 'approved' || state === 'declined');
  if (charges.length > 0 ? attempts.length > 0 : settled.length === 0 && payments.length === 0) return [];
  const order = orderOf(cluster);
  // What is known of the order speaks for this payment only when the order has no other one.
  const only = !others.some(
    (other) => other !== cluster && other.charges.length > 0 && other.attempts.length > 0,
  );
  const told = only ? joined.shoppersOf(order).map((row) => row.outcome) : [];
  const paid = told.some((outcome) => outcome === 'placed' || outcome === 'declined');
  return [
    {
      what: `existence of payment ${subject} of order ${order}`,
      subject,
      witnesses: [
        ...says('providers', 'charge', charges.length > 0),
        ...says('database', 'attempt', attempts.length > 0),
        ...says(
          'database',
          'payment ledger',
          payments.length > 0 ? true : settled[0]?.state === 'declined' ? null : false,
        ),
        ...says(
          'database',
          'provider record',
          records.length > 0 ? true : joined.hasProviderRecords ? false : null,
        ),
        ...says('shoppers', 'told', paid ? true : null),
        ...says('mailbox', 'mail', only && joined.mailsOf(order).length > 0 ? true : null),
      ],
    },
  ];
}

export function paymentFacts(joined: Joined): Fact[] {
  const clusters = paymentClusters(joined);
  const byOrder = new Map<string, PaymentCluster[]>();
  for (const cluster of clusters)
    byOrder.set(orderOf(cluster), [...(byOrder.get(orderOf(cluster)) ?? []), cluster]);
  return clusters.flatMap((cluster) => {
    const row = cluster.attempts[0] ?? cluster.payments[0] ?? cluster.records[0];
    const subject = row?.attempt_id ?? cluster.charges[0]!.reference;
    return [
      ...idFacts(cluster, subject),
      amountFact(cluster, subject, joined),
      stateFact(cluster, subject),
      ...moneyBack(cluster, subject, joined),
      ...presenceFact(cluster, subject, joined, byOrder.get(orderOf(cluster))!),
    ];
  });
}
