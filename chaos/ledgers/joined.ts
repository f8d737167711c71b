// The four ledgers joined on order id, cart and reference. Built once a comparison; plain look-ups from then on.
import type { OrderState } from '../../core/orders/order.ts';
import {
  type Ledgers,
  type MailRow,
  type ProviderRow,
  type RowOf,
  type ShopperRow,
  tableOf,
} from './rows.ts';

/** The shop says that it holds the buyer's money. */
const paidStates: ReadonlySet<string> = new Set<OrderState>([
  ...(['authorized', 'captured', 'partially_fulfilled', 'fulfilled'] as const),
  ...(['partially_refunded', 'disputed', 'returned'] as const),
]);
export const isPaid = (order: RowOf<'order'>) => paidStates.has(order.state);

/** What the buyer has back of a charge: refunds, and what a lost dispute took, unless it was won in the end. */
export function returnedOf({ refunded_minor = 0, disputes = [] }: ProviderRow): number {
  const last = disputes.at(-1);
  return refunded_minor + (last?.dispute === 'lost' ? last.amount_minor : 0);
}
/** The provider holds money, or holds it ready. */
export const isLive = (charge: ProviderRow) =>
  charge.status === 'approved' ||
  (charge.status === 'captured' && returnedOf(charge) < (charge.captured_minor ?? charge.amount_minor));

/** The shopper was told that it is called off, or has all of the money back: such an order was kept, and holds none. */
const isUndone = ({ cancelled, returned_minor = 0, amount_minor }: ShopperRow) =>
  cancelled === true || (returned_minor > 0 && returned_minor >= amount_minor);

/** About the order as a whole; a parcel and a refund are told by letters of their own. */
const confirmation = 'order-confirmation';
export const isConfirmation = ({ kind }: Pick<MailRow, 'kind'>) => (kind ?? confirmation) === confirmation;

/** Message ids are compared without the angle brackets that some writers keep. */
export const bare = (messageId: string | null) => messageId?.replace(/^<|>$/g, '') ?? null;

export function groupBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

export function joinLedgers(ledgers: Ledgers) {
  const { shoppers, providers, database, mailbox } = ledgers;
  const orders = tableOf(database, 'order');
  const orderById = new Map(orders.map((order) => [order.order_id, order]));
  const ordersByCart = groupBy(orders, (order) => order.checkout_id);
  const shoppersByOrder = groupBy(shoppers, (row) => row.order_id);
  const shoppersByCart = groupBy(shoppers, (row) => row.cart_id);
  const chargesByOrder = groupBy(providers, (charge) => charge.order);
  const mailsByOrder = groupBy(mailbox.filter(isConfirmation), (mail) => mail.order_id);
  const none: readonly never[] = [];

  return {
    ...ledgers,
    orders,
    orderById,
    attempts: tableOf(database, 'attempt'),
    /** Reconciliation has copied the providers' books into the database: a second witness of them. */
    hasProviderRecords: tableOf(database, 'psp_record').length > 0,
    ordersOfCart: (cart: string): readonly RowOf<'order'>[] => ordersByCart.get(cart) ?? none,
    chargesOf: (order: string): readonly ProviderRow[] => chargesByOrder.get(order) ?? none,
    /** Confirmations. */
    mailsOf: (order: string): readonly MailRow[] => mailsByOrder.get(order) ?? none,
    letters: mailbox.filter((mail) => !isConfirmation(mail)),
    /** Orders whose shoppers say that they are undone. */
    undone: new Set(
      shoppers.flatMap((row) => (row.order_id !== null && isUndone(row) ? [row.order_id] : [])),
    ),
    /** Records that name the order, and those of its cart that name none: a refusal carries no order id. */
    shoppersOf(order: string): readonly ShopperRow[] {
      const named = shoppersByOrder.get(order) ?? none;
      const cart = orderById.get(order)?.checkout_id;
      const ofCart = cart === undefined ? none : (shoppersByCart.get(cart) ?? none);
      return [...named, ...ofCart.filter((row) => row.order_id === null)];
    },
    /** Every order that any ledger speaks of. */
    orderIds: new Set<string>([
      ...orderById.keys(),
      ...tableOf(database, 'attempt').map((attempt) => attempt.order_id),
      ...chargesByOrder.keys(),
      ...[...mailsByOrder.keys(), ...shoppersByOrder.keys()].filter((id) => id !== null),
    ]),
  };
}
export type Joined = ReturnType<typeof joinLedgers>;
