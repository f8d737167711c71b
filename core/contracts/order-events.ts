// What happens to an order after its payment was authorised, as whoever learns of it tells the orders service: our own
// workers, a provider's webhook, the carrier, a person. Facts only; which state follows is the order machine's to say.
import { z } from 'zod';
import { money, sku } from './checkout-api.ts';

const eventId = z.string().min(1).max(200);
const id = z.string().min(1).max(120);
const reason = z.string().max(80).optional();
const amount_minor = money.min(1);

/** `operation_id` is our idempotency key at the provider: however often and under whatever event id it is told, it is one movement of money. */
const movement = { event_id: eventId, attempt_id: id, operation_id: id, amount_minor, reason };
const dispute = { event_id: eventId, attempt_id: id, dispute_id: id, reason };

const dispositions = ['resell', 'refurbish', 'scrap'] as const;
export type Disposition = (typeof dispositions)[number];
export const returnLine = z.strictObject({
  sku,
  location_id: id,
  quantity: z.number().int().min(1).max(1000),
  disposition: z.enum(dispositions),
});

export const orderEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('payment.captured'), ...movement }),
  // Whether it is the last refund is what the ledger says, not the teller: either name may be used for any refund.
  z.strictObject({ type: z.literal('refund.partial'), ...movement }),
  z.strictObject({ type: z.literal('refund.completed'), ...movement }),
  z.strictObject({ type: z.literal('order.cancelled'), event_id: eventId, reason }),
  // A parcel takes what is reserved for the order at the location.
  z.strictObject({
    type: z.literal('shipment.created'),
    event_id: eventId,
    shipment_id: id,
    location_id: id,
  }),
  z.strictObject({ type: z.literal('shipment.completed'), event_id: eventId, shipment_id: id }),
  z.strictObject({
    type: z.literal('rma.completed'),
    event_id: eventId,
    return_id: id,
    lines: z.array(returnLine).min(1).max(200),
    reason,
  }),
  // A notice moves nothing; the money leaves with the loss.
  z.strictObject({ type: z.literal('chargeback.notice'), ...dispute }),
  z.strictObject({ type: z.literal('chargeback.lost'), ...dispute, amount_minor }),
  // `returned_minor`: what comes back when a dispute that was lost is won on appeal; absent when nothing had left.
  z.strictObject({ type: z.literal('chargeback.won'), ...dispute, returned_minor: amount_minor.optional() }),
]);
export type OrderEvent = z.infer<typeof orderEvent>;

export type OrderEventAnswer =
  | { readonly kind: 'applied'; readonly state: string }
  /** Known already, under this event id or another. */
  | { readonly kind: 'duplicate'; readonly state: string }
  /**
   * Not possible now. It is on record as a discrepancy, its money booked if the ledger can hold it, and it is tried
   * again after whatever else happens to the order: what arrived in the wrong order ends as if it had not.
   */
  | { readonly kind: 'illegal'; readonly state: string }
  | { readonly kind: 'no_such_order' | 'no_such_attempt' };
