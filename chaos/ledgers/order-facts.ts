// What the ledgers tell of each order: that it exists, that it is paid, whose it is, what is in it, which mail it got.
import { type Fact, says } from './fact.ts';
import { bare, groupBy, isLive, isPaid, type Joined } from './joined.ts';
import { returnedIn } from './money-back.ts';
import { type RowOf, type ShopperRow, tableOf } from './rows.ts';

/** Told outcomes after which the shopper's order is certainly not paid. Others (a conflict, a 500) leave it open. */
const refusals: ReadonlySet<ShopperRow['outcome']> = new Set(['declined', 'sold_out', 'payment_unavailable']);

function toldPaid(rows: readonly ShopperRow[], order: string): boolean | null {
  if (rows.some((row) => row.outcome === 'placed' && row.order_id === order)) return true;
  return rows.length > 0 && rows.every((row) => refusals.has(row.outcome)) ? false : null;
}

/** In pence and pieces: quantities by SKU as one comparable text. */
function basket(lines: Iterable<{ readonly sku: string; readonly quantity: number }>): string {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([sku, quantity]) => `${quantity}×${sku}`)
    .join(' ');
}

/** What is held for the order; of an order that ended, what was, unless a hold that lapsed and came back makes that two. */
function heldOf(rows: readonly RowOf<'reservation'>[]): readonly RowOf<'reservation'>[] {
  const held = rows.filter(({ status }) => status === 'active' || status === 'posted');
  if (held.length > 0) return held;
  const places = new Set(rows.map((row) => `${row.sku} ${row.location_id}`));
  return places.size === rows.length ? rows : [];
}

export function orderFacts(joined: Joined): Fact[] {
  const { database } = joined;
  const attemptsOf = groupBy(joined.attempts, (row) => row.order_id);
  const linesOf = groupBy(tableOf(database, 'line'), (row) => row.order_id);
  const paymentsOf = groupBy(tableOf(database, 'payment'), (row) => row.order_id);
  // Of a parcel or a refund they are named after it.
  const confirmations = tableOf(database, 'notification').filter(({ kind }) => !kind.includes(':'));
  const noticesOf = groupBy(confirmations, (row) => row.order_id);
  const lettersOf = groupBy(joined.letters, (mail) => mail.order_id);
  const reservationsOf = groupBy(tableOf(database, 'reservation'), (row) => row.order_id);
  const cartById = new Map(tableOf(database, 'cart').map((cart) => [cart.cart_id, cart]));

  return [...joined.orderIds].flatMap((id): Fact[] => {
    const order = joined.orderById.get(id);
    const told = joined.shoppersOf(id);
    const named = told.filter((row) => row.order_id === id);
    const mails = joined.mailsOf(id);
    const notices = noticesOf.get(id) ?? [];
    const charges = joined.chargesOf(id);
    const payments = paymentsOf.get(id) ?? [];
    // An earlier attempt may have been given back while a later one holds the money.
    const given = new Set(payments.flatMap((p) => (p.kind === 'voided' ? [p.attempt_id] : [])));
    const captured = payments.find(({ kind }) => kind === 'captured')?.amount_minor ?? 0;
    const allBack = captured > 0 && returnedIn(payments) >= captured;
    // Paid once, and told so: its mail and its attempt go on saying that.
    const undone = joined.undone.has(id);
    const attempts = attemptsOf.get(id) ?? [];
    const lines = linesOf.get(id) ?? [];
    const held = heldOf(reservationsOf.get(id) ?? []);
    const claimsPaid =
      named.some((row) => row.outcome === 'placed') || (order !== undefined && isPaid(order));
    const fact = (what: string, ...witnesses: Fact['witnesses'][]): Fact => ({
      ...{ what: `${what} of order ${id}`, subject: id, witnesses: witnesses.flat() },
    });

    return [
      fact(
        'existence',
        // A record that names no order is found through the order row itself, so it is no witness of that row; but
        // an order of a cart that no shopper ever submitted is one the shoppers deny.
        says(
          'shoppers',
          'told',
          named.length > 0 ? true : told.length > 0 || order === undefined ? null : false,
        ),
        says('providers', 'charge', charges.length > 0 ? true : claimsPaid ? false : null),
        says('database', 'order', order !== undefined),
        says('database', 'attempt', attempts.length > 0),
        says('database', 'lines', lines.length > 0),
        says('mailbox', 'mail', mails.length > 0 ? true : claimsPaid ? false : null),
      ),
      fact(
        'payment',
        says('shoppers', 'told', undone ? false : toldPaid(told, id)),
        says('providers', 'charge', charges.some(isLive)),
        says(
          'database',
          'order',
          order === undefined || order.state === 'pending_payment' ? null : isPaid(order),
        ),
        says(
          'database',
          'attempt',
          attempts.length === 0 || undone ? null : attempts.some((a) => a.state === 'approved'),
        ),
        says(
          'database',
          'payment ledger',
          payments.some((p) => p.kind === 'authorized' && !given.has(p.attempt_id)) && !allBack,
        ),
        says('database', 'notification', undone ? null : notices.some(({ state }) => state === 'sent')),
        says('mailbox', 'mail', undone ? null : mails.length > 0),
      ),
      ...(mails.length > 1
        ? [
            fact(
              'number of mails',
              says('mailbox', 'mails', mails.length),
              says('database', 'notification', notices.length),
              says('database', 'order', 1),
            ),
          ]
        : []),
      fact(
        'cart',
        named.flatMap((row) => says('shoppers', 'told', row.cart_id)),
        says('database', 'order', order?.checkout_id),
      ),
      fact(
        'recipient',
        [...mails, ...(lettersOf.get(id) ?? [])].flatMap((mail) =>
          says('mailbox', 'mail', mail.recipient_sha256),
        ),
        says('database', 'order', order?.email_sha256),
        says('database', 'cart', order === undefined ? null : cartById.get(order.checkout_id)?.email_sha256),
      ),
      ...(mails.length === 1 && notices.length === 1
        ? [
            fact(
              'message id',
              says('mailbox', 'mail', bare(mails[0]!.message_id)),
              says('database', 'notification', bare(notices[0]!.message_id)),
            ),
          ]
        : []),
      fact(
        'basket',
        named.flatMap((row) => says('shoppers', 'told', basket(row.lines))),
        says('database', 'lines', lines.length > 0 ? basket(lines) : null),
        says('database', 'reservations', held.length > 0 ? basket(held) : null),
      ),
    ];
  });
}
