// What shoppers were promised: an order they were told of exists, and exactly one mail says so.
import type { LedgerFinding } from './finding.ts';
import { bare, groupBy, isConfirmation, isLive, isPaid, type Joined } from './joined.ts';
import { type RowOf, tableOf } from './rows.ts';

export function lostOrders(joined: Joined): LedgerFinding[] {
  const findings = new Map<string, LedgerFinding>();
  for (const row of joined.shoppers) {
    const order = row.order_id;
    if (order === null || (row.outcome !== 'placed' && row.outcome !== 'confirming')) continue;
    const known = joined.orderById.get(order);
    const lost = (detail: string) =>
      findings.set(order, { check: 'lost-order', status: 'fail', class: 'lost', subject: order, detail });
    if (known === undefined)
      lost(`a shopper was told that order ${order} is ${row.outcome}, and it is not in the database`);
    else if (joined.undone.has(order)) continue;
    else if (row.outcome === 'placed' && !isPaid(known))
      lost(`a shopper was told that order ${order} is placed, and it is ${known.state}`);
    else if (row.outcome === 'placed' && !joined.chargesOf(order).some(isLive))
      lost(`a shopper was told that order ${order} is placed, and no provider was paid`);
  }
  return [...findings.values()];
}

/** Told nothing certain, and the order landed: the shop healed what the shopper could not see. */
export function recoveredOrders(joined: Joined): LedgerFinding[] {
  return joined.orders.filter(isPaid).flatMap((order): LedgerFinding[] => {
    const told = joined.shoppersOf(order.order_id).map((row) => row.outcome);
    if (told.length === 0 || told.some((outcome) => outcome === 'placed')) return [];
    const detail = `order ${order.order_id} was told ${[...new Set(told)].join(', ')} and was paid after all`;
    return [{ check: 'lost-order', status: 'note', class: 'recovered', subject: order.order_id, detail }];
  });
}

export function mailFaults(joined: Joined): LedgerFinding[] {
  const fail = (cls: LedgerFinding['class'], subject: string, detail: string): LedgerFinding => ({
    ...{ check: 'mail-exactly-once', status: 'fail', class: cls, subject, detail },
  });
  const isOwed = (order: RowOf<'order'>) => isPaid(order) || joined.undone.has(order.order_id);
  const owed = joined.orders.filter(isOwed).flatMap(({ order_id }) => {
    const count = joined.mailsOf(order_id).length;
    if (count === 1) return [];
    return [
      count === 0
        ? fail('lost', order_id, `order ${order_id} is paid and got no mail`)
        : fail('duplicated', order_id, `order ${order_id} got ${count} mails`),
    ];
  });
  const stray = joined.mailbox.filter(isConfirmation).flatMap((mail) => {
    if (mail.order_id === null)
      return [fail('unexpected', mail.message_id ?? '?', `mail ${mail.message_id} names no order`)];
    const order = joined.orderById.get(mail.order_id);
    if (order !== undefined && isOwed(order)) return [];
    const state = order === undefined ? 'which is not in the database' : `which is ${order.state}`;
    return [fail('unexpected', mail.order_id, `a mail confirms order ${mail.order_id}, ${state}`)];
  });
  return [...owed, ...stray, ...letterFaults(joined, fail)];
}

/** A parcel or a refund is told once, and every refund is told. */
function letterFaults(
  joined: Joined,
  fail: (cls: LedgerFinding['class'], subject: string, detail: string) => LedgerFinding,
): LedgerFinding[] {
  const notices = tableOf(joined.database, 'notification').filter(({ kind }) => kind.includes(':'));
  const noticed = new Set(notices.map(({ message_id }) => bare(message_id)));
  const arrived = groupBy(joined.letters, ({ message_id }) => bare(message_id));
  const told = (order: string) =>
    joined.letters.filter(({ order_id, kind }) => order_id === order && kind === 'order-refunded').length;
  const refunds = groupBy(
    tableOf(joined.database, 'payment').filter(({ kind }) => kind === 'refunded'),
    ({ order_id }) => order_id,
  );
  return [
    ...[...arrived].flatMap(([id, letters]) => [
      ...(letters.length === 1
        ? []
        : [fail('duplicated', id ?? '?', `letter ${id} came ${letters.length} times`)]),
      ...(noticed.has(id) ? [] : [fail('unexpected', id ?? '?', `letter ${id} was never noted as sent`)]),
    ]),
    ...notices
      .filter(({ state, message_id }) => state === 'sent' && !arrived.has(bare(message_id)))
      .map(({ message_id }) =>
        fail('lost', message_id, `letter ${message_id} was noted as sent and never came`),
      ),
    ...[...refunds].flatMap(([order, { length }]) =>
      length === told(order)
        ? []
        : [fail('lost', order, `order ${order} was refunded ${length} times and told ${told(order)} times`)],
    ),
  ];
}
