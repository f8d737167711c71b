// What an event does to an order, decided from one look at it. Pure: who looked, and who writes, is apply-order-event.ts.
//
//   known already                → nothing
//   possible                     → applied: state, money, stock and announcement together
//   only its money is possible   → booked, and parked for its state
//   not possible                 → parked: tried again after whatever happens next
//
// A wish (to cancel, to send a parcel) that is not possible is refused instead: whoever had it is told, and nothing of
// the world was lost.
import type { OrderEventV1 } from '../contracts/events.ts';
import type { OrderEvent } from '../contracts/order-events.ts';
import { after, type Balance, kept, type Movement, movementOf } from './balance.ts';
import { type OrderEventType, type OrderState, transition } from './order.ts';

export interface Snapshot {
  readonly state: OrderState;
  /** The state a dispute covers. */
  readonly beneath: OrderState | null;
  readonly cancel_requested: boolean;
  /** A capture may be at the provider. */
  readonly capture_requested: boolean;
  readonly balance: Balance;
  /** This event is in the order's history. */
  readonly seen: boolean;
  /** This movement of money, parcel or return is on record, under whatever event id. */
  readonly fact_known: boolean;
  /** It was parked, and whether its money was booked then. */
  readonly parked: { readonly booked: boolean } | null;
  readonly shipments: readonly { readonly id: string; readonly open: boolean }[];
  /** Where stock is reserved for it. */
  readonly reserved_at: readonly string[];
  /** Pieces that were handed over and did not come back, by SKU. */
  readonly returnable: Readonly<Record<string, number>>;
}

export type StockEffect = 'release' | 'ship' | 'hand_over' | 'restock' | null;

export interface Apply {
  readonly kind: 'apply';
  /** As the history names it: of refunds the ledger says which one it is. */
  readonly event: OrderEventType;
  readonly to: OrderState;
  readonly beneath: OrderState | null;
  /** Money to book now; null when there is none, or it was booked when the event was parked. */
  readonly movement: Movement | null;
  readonly stock: StockEffect;
  readonly announces: OrderEventV1['type'] | null;
  readonly wish: boolean;
}
export type Decision =
  | Apply
  | { readonly kind: 'known' }
  | { readonly kind: 'park'; readonly movement: Movement | null }
  /** The order cannot end while a capture may be at the provider: the wish is kept, its worker comes back to it. */
  | { readonly kind: 'keep_wish' }
  | { readonly kind: 'refused' };

export function decide(at: Snapshot, event: OrderEvent): Decision {
  // What was parked with its money booked knows its fact; parked without, it was told by somebody else meanwhile.
  if (at.seen || (at.fact_known && at.parked?.booked !== true)) return { kind: 'known' };
  switch (event.type) {
    case 'order.cancelled':
      return decideCancel(at, event);
    case 'shipment.created':
      return !at.cancel_requested && at.reserved_at.includes(event.location_id)
        ? (applied(at, event, null, at.balance) ?? { kind: 'refused' })
        : { kind: 'refused' };
    case 'shipment.completed':
      return at.shipments.some(({ id, open }) => id === event.shipment_id && open)
        ? (applied(at, event, null, at.balance) ?? { kind: 'park', movement: null })
        : { kind: 'park', movement: null };
    case 'rma.completed':
      return wasSent(at, event)
        ? (applied(at, event, null, at.balance) ?? { kind: 'park', movement: null })
        : { kind: 'park', movement: null };
    default:
      return decideMoney(at, event);
  }
}

function decideMoney(at: Snapshot, event: OrderEvent): Decision {
  // An appeal is won after a loss, whichever is told first; else the loss would find the order undisputed and be left over.
  const appeal = event.type === 'chargeback.won' && event.returned_minor !== undefined;
  const early = event.type === 'chargeback.won' && appeal !== (at.state === 'chargeback');
  const movement = at.parked?.booked ? null : movementOf(event);
  if (movement === null)
    return (early ? null : applied(at, event, null, at.balance)) ?? { kind: 'park', movement: null };
  const balance = after(at.balance, movement);
  // No state without its money: a captured order whose ledger holds no capture is what must never be.
  if (balance === null) return { kind: 'park', movement: null };
  return (early ? null : applied(at, event, movement, balance)) ?? { kind: 'park', movement };
}

function decideCancel(at: Snapshot, event: OrderEvent): Decision {
  if (at.state === 'cancelled' || at.state === 'refunded') return { kind: 'known' };
  if (at.state === 'authorized' && at.capture_requested)
    return at.cancel_requested ? { kind: 'known' } : { kind: 'keep_wish' };
  // Goods that are on their way are sent back, not cancelled.
  if (at.shipments.length > 0) return { kind: 'refused' };
  // From here on a wish changes nothing more; what ends an authorised order does.
  if (at.cancel_requested && at.state !== 'authorized') return { kind: 'known' };
  return applied(at, event, null, at.balance) ?? { kind: 'refused' };
}

function applied(at: Snapshot, event: OrderEvent, movement: Movement | null, balance: Balance): Apply | null {
  const type = nameOf(event, balance);
  const moreToShip =
    event.type === 'shipment.completed' &&
    (at.reserved_at.length > 0 || at.shipments.some(({ id, open }) => open && id !== event.shipment_id));
  const result = transition(at.state, type, { beneath: at.beneath, moreToShip });
  if (result.kind === 'illegal') return null;
  const { to, beneath } = result;
  const cancels = type === 'order.cancelled';
  return {
    kind: 'apply',
    event: type,
    to,
    beneath,
    movement,
    stock: stockEffect(type, to, beneath),
    announces: cancels && to !== 'cancelled' ? null : (announcements[type] ?? null),
    wish: cancels,
  };
}

/** The refund that leaves nothing of the buyer's money with us is the last one, whatever it was called. */
const nameOf = (event: OrderEvent, balance: Balance): OrderEventType =>
  event.type === 'refund.partial' || event.type === 'refund.completed'
    ? kept(balance) === 0
      ? 'refund.completed'
      : 'refund.partial'
    : event.type;

const ended: ReadonlySet<OrderState | null> = new Set<OrderState>(['cancelled', 'refunded', 'chargeback']);

function stockEffect(type: OrderEventType, to: OrderState, beneath: OrderState | null): StockEffect {
  if (type === 'shipment.created') return 'ship';
  if (type === 'shipment.completed') return 'hand_over';
  if (type === 'rma.completed') return 'restock';
  // What was not sent by then never will be.
  return ended.has(to) || ended.has(beneath) ? 'release' : null;
}

const announcements: Readonly<Partial<Record<OrderEventType, OrderEventV1['type']>>> = {
  'order.cancelled': 'order.cancelled',
  'payment.captured': 'order.captured',
  'shipment.completed': 'order.shipped',
  'refund.partial': 'order.refunded',
  'refund.completed': 'order.refunded',
  'rma.completed': 'order.returned',
  'chargeback.notice': 'order.disputed',
  'chargeback.lost': 'order.charged_back',
};

/** Nobody can send back more than was sent to them. */
function wasSent(at: Snapshot, event: Extract<OrderEvent, { type: 'rma.completed' }>): boolean {
  const left = { ...at.returnable };
  return event.lines.every(({ sku, quantity }) => {
    left[sku] = (left[sku] ?? 0) - quantity;
    return left[sku] >= 0;
  });
}
