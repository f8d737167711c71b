// Money: charged once and exactly, never without an order, never left unknown.
import type { LedgerFinding } from './finding.ts';
import { groupBy, isLive, isPaid, type Joined } from './joined.ts';

const fail = (
  check: LedgerFinding['check'],
  cls: LedgerFinding['class'],
  subject: string,
  detail: string,
): LedgerFinding => ({ check, status: 'fail', class: cls, subject, detail });

/** By order, by click and by cart: a shop that makes a second order of one click charges twice without a second charge on one order. */
export function doubleCharges(joined: Joined): LedgerFinding[] {
  const live = (order: string) => joined.chargesOf(order).filter(isLive);
  const twice = (what: string, subject: string, orders: ReadonlySet<string>) => {
    const charges = [...orders].flatMap(live);
    if (charges.length <= 1) return [];
    const ids = charges.map((charge) => charge.id).join(', ');
    return [
      fail(
        'double-charge',
        'duplicated',
        subject,
        `${what} ${subject} was charged ${charges.length} times: ${ids}`,
      ),
    ];
  };
  const byOrder = [...joined.orderIds].flatMap((order) => twice('order', order, new Set([order])));
  const byClick = [...groupBy(joined.shoppers, (row) => row.click)].flatMap(([click, rows]) => {
    const orders = new Set(rows.flatMap((row) => row.order_id ?? []));
    return orders.size > 1 ? twice('click', click, orders) : [];
  });
  const byCart = [...groupBy(joined.orders, (order) => order.checkout_id)].flatMap(([cart, orders]) =>
    orders.length > 1 ? twice('cart', cart, new Set(orders.map((order) => order.order_id))) : [],
  );
  const inexact = joined.providers.filter(isLive).flatMap((charge) => {
    const order = joined.orderById.get(charge.order);
    if (order === undefined) return [];
    if (order.total_minor === charge.amount_minor && order.currency === charge.currency) return [];
    const told = `${charge.amount_minor} ${charge.currency}`;
    const owed = `${order.total_minor} ${order.currency}`;
    return [
      fail(
        'double-charge',
        'altered',
        charge.id,
        `${charge.provider} charged ${told} for order ${charge.order} of ${owed}`,
      ),
    ];
  });
  return [...byOrder, ...byClick, ...byCart, ...inexact];
}

export function moneyWithoutOrder(joined: Joined): LedgerFinding[] {
  const strays = joined.providers.filter(isLive).flatMap((charge) => {
    const order = joined.orderById.get(charge.order);
    // Pending is an unknown payment that was not resolved: a finding of its own.
    if (order !== undefined && (isPaid(order) || order.state === 'pending_payment')) return [];
    const state = order === undefined ? 'which is not in the database' : `which is ${order.state}`;
    const detail = `${charge.provider} holds ${charge.amount_minor} ${charge.currency} for order ${charge.order}, ${state}`;
    return [fail('captured-without-order', 'unexpected', charge.id, detail)];
  });
  const unpaid = joined.orders.filter(isPaid).flatMap((order) => {
    if (joined.chargesOf(order.order_id).some(isLive)) return [];
    const detail = `order ${order.order_id} is ${order.state}, and no provider holds its money`;
    return [fail('captured-without-order', 'lost', order.order_id, detail)];
  });
  return [...strays, ...unpaid];
}

export function unknownPayments(joined: Joined): LedgerFinding[] {
  const attempts = joined.attempts
    .filter((attempt) => attempt.state === 'started' || attempt.state === 'unknown')
    .map((attempt) => ({
      order: attempt.order_id,
      detail: `attempt ${attempt.attempt_id} at ${attempt.provider} is still ${attempt.state}`,
    }));
  const said = new Set(attempts.map(({ order }) => order));
  const orders = joined.orders
    .filter((order) => order.state === 'pending_payment' && !said.has(order.order_id))
    .map((order) => ({
      order: order.order_id,
      detail: `order ${order.order_id} still waits for its payment`,
    }));
  return [...attempts, ...orders].map(({ order, detail }) =>
    fail('unknown-payment-left', 'unresolved', order, detail),
  );
}
