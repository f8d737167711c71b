// Money that went back to the buyer, by a refund or by their bank: the provider, our ledger and the shopper tell of it.
import { type Fact, says } from './fact.ts';
import { type Joined, returnedOf } from './joined.ts';
import { orderOf, type PaymentCluster } from './payment-clusters.ts';
import type { RowOf } from './rows.ts';

const directions: Readonly<Record<string, 1 | -1>> = {
  refunded: 1,
  charged_back: 1,
  chargeback_reversed: -1,
};

/** Of a part of the money, so not of the payment's amount. */
export const isBack = ({ kind }: Pick<RowOf<'payment'>, 'kind'>) => kind in directions;

export const returnedIn = (payments: readonly RowOf<'payment'>[]): number =>
  payments.reduce((sum, { kind, amount_minor }) => sum + (directions[kind] ?? 0) * amount_minor, 0);

/** Asked only of a payment of which somebody says that something went back. */
export function moneyBack({ charges, payments }: PaymentCluster, subject: string, joined: Joined): Fact[] {
  const order = orderOf({ charges, payments, attempts: [], records: [] });
  const charged = charges.reduce((sum, charge) => sum + returnedOf(charge), 0);
  const told = joined
    .shoppersOf(order)
    .find(({ outcome, order_id }) => outcome === 'placed' && order_id === order);
  const heard = told?.returned_minor ?? 0;
  const booked = returnedIn(payments);
  if (charged === 0 && heard === 0 && booked === 0) return [];
  // A declined attempt of an order that was paid in a second try.
  if (charges.every(({ status }) => status === 'declined') && booked === 0) return [];
  return [
    {
      what: `money given back of payment ${subject}`,
      subject,
      witnesses: [
        ...says('providers', 'charge', charged),
        ...says('database', 'payment ledger', booked),
        ...says('shoppers', 'told', told === undefined ? null : heard),
      ],
    },
  ];
}
