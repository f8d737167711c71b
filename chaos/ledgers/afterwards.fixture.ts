// What becomes of a placed order, written down in all four ledgers as a healthy shop would.
import type { History } from './history.fixture.ts';
import type { ProviderRow, RowOf, ShopperRow, Table } from './rows.ts';

export const row = <T extends Table>(h: History, table: T, match: (row: RowOf<T>) => boolean) =>
  h.database.find((one): one is RowOf<T> => one.table === table && match(one as RowOf<T>))!;

export interface Sold {
  readonly h: History;
  readonly told: ShopperRow;
  readonly charge: ProviderRow;
  readonly order: RowOf<'order'>;
}
export const soldAs = (h: History, n: number): Sold => {
  const told = h.shoppers.filter(({ outcome }) => outcome === 'placed')[n]!;
  const charge = h.providers.find(({ order }) => order === told.order_id)!;
  return { h, told, charge, order: row(h, 'order', ({ order_id }) => order_id === told.order_id) };
};
const status = ({ charge }: Sold, to: 'captured' | 'voided') => {
  charge.status = to;
  charge.history.push({ status: to, at_ms: charge.history[0]!.at_ms + 60_000 });
};
const book = ({ h, order, charge }: Sold, kind: string, amount_minor: number, operation_id: string | null) =>
  h.database.push({
    ...{ table: 'payment', order_id: order.order_id, attempt_id: charge.reference },
    ...{ kind, amount_minor, currency: 'GBP', operation_id },
  });
function release({ h, order }: Sold): void {
  for (const held of h.database)
    if (held.table === 'reservation' && held.order_id === order.order_id) {
      held.status = 'released';
      row(h, 'stock', ({ sku }) => sku === held.sku).reserved -= held.quantity;
    }
}
function letter({ h, order, charge }: Sold, operation: string): void {
  const message_id = `${order.order_id}.order-refunded.${operation}`;
  const kind = `order-refunded:${operation}`;
  h.database.push({ table: 'notification', order_id: order.order_id, kind, state: 'sent', message_id });
  h.mailbox.push({
    ...{ order_id: order.order_id, message_id: `<${message_id}>`, kind: 'order-refunded' },
    ...{ recipient_sha256: order.email_sha256, received_ms: charge.history[0]!.at_ms + 70_000 },
  });
}
function capture(sold: Sold): void {
  status(sold, 'captured');
  sold.charge.captured_minor = sold.charge.amount_minor;
  book(sold, 'captured', sold.charge.amount_minor, `cap_${sold.order.order_id}`);
}
function refund(sold: Sold, amount_minor: number): void {
  const operation = `ref_${sold.charge.refunded_minor ?? 0}`;
  sold.charge.refunded_minor = (sold.charge.refunded_minor ?? 0) + amount_minor;
  book(sold, 'refunded', amount_minor, `${operation}_${sold.order.order_id}`);
  letter(sold, operation);
  sold.told.returned_minor = (sold.told.returned_minor ?? 0) + amount_minor;
}

export const cancelled = (sold: Sold) => {
  status(sold, 'voided');
  book(sold, 'voided', sold.charge.amount_minor, null);
  row(sold.h, 'attempt', ({ attempt_id }) => attempt_id === sold.charge.reference).state = 'voided';
  Object.assign(sold.order, { state: 'cancelled' });
  sold.told.cancelled = true;
  release(sold);
};
const refundedInPart = (sold: Sold) => {
  capture(sold);
  refund(sold, 100);
  refund(sold, 150);
  sold.order.state = 'partially_refunded';
};
const refundedWhole = (sold: Sold) => {
  capture(sold);
  refund(sold, 200);
  refund(sold, sold.charge.amount_minor - 200);
  sold.order.state = 'refunded';
  release(sold);
};
const dispute = (sold: Sold, last: 'lost' | 'won', won_after_loss = false) => {
  capture(sold);
  const { amount_minor } = sold.charge;
  sold.charge.disputes = [{ dispute: 'notice' as const, amount_minor }];
  if (last === 'lost' || won_after_loss) {
    sold.charge.disputes.push({ dispute: 'lost', amount_minor });
    book(sold, 'charged_back', amount_minor, `dp_${sold.order.order_id}`);
  }
  if (last === 'won') sold.charge.disputes.push({ dispute: 'won', amount_minor });
  if (won_after_loss) book(sold, 'chargeback_reversed', amount_minor, `dp_${sold.order.order_id}`);
  if (last === 'lost') {
    sold.told.returned_minor = amount_minor;
    release(sold);
  }
  sold.order.state = last === 'lost' ? 'chargeback' : 'fulfilled';
};
const returned = (sold: Sold) => {
  refundedWhole(sold);
  // Sent, come back, and on the shelf again.
  for (const held of sold.h.database)
    if (held.table === 'reservation' && held.order_id === sold.order.order_id) {
      held.status = 'posted';
      const { sku, location_id, quantity } = held;
      for (const [reason, change] of [
        ['delivered', -quantity],
        ['restocked', quantity],
      ] as const)
        sold.h.database.push({
          ...{ table: 'movement', sku, location_id, change, reason, reference: sold.order.order_id },
        });
    }
};
const moved = ({ h }: Sold) => {
  const { sku, location_id } = h.seededStock[0]!;
  const shelf = row(h, 'stock', (one) => one.sku === sku);
  for (const [at, reason, change] of [
    [location_id, 'transfer_out', -1],
    ['other', 'transfer_in', 1],
    ['other', 'transfer_out', -1],
    [location_id, 'transfer_in', 1],
  ] as const) {
    const reference = `trn_${change}_${reason}_${at}`;
    h.database.push({ table: 'movement', sku, location_id: at, change, reason, reference });
  }
  h.database.push({ ...shelf, location_id: 'other', on_hand: 0, reserved: 0 });
};

const lives = { cancelled, refundedInPart, refundedWhole, returned, moved };
const disputes = {
  lost: (sold: Sold) => dispute(sold, 'lost'),
  won: (sold: Sold) => dispute(sold, 'won'),
  'won after a loss': (sold: Sold) => dispute(sold, 'won', true),
};
export const all = { ...lives, ...disputes };
export type Life = keyof typeof all;
