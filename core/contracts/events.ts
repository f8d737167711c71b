// Domain events that travel outbox → queue → inbox, versioned. No e-mail, no address: consumers read those from the database.
import { z } from 'zod';

/** What an order announces. A parcel announces itself once, when it is handed over; every refund announces itself. */
const orderEventTypesV1 = [
  'order.placed',
  'order.authorized',
  'order.cancelled',
  'order.captured',
  'order.shipped',
  'order.refunded',
  'order.returned',
  'order.disputed',
  'order.charged_back',
] as const;

export const orderEventV1 = z.strictObject({
  version: z.literal(1),
  event_id: z.uuid(),
  type: z.enum(orderEventTypesV1),
  order_id: z.string(),
  /** The parcel, refund, return or dispute it is about, where an order can have several. */
  subject_id: z.string().optional(),
  occurred_at_ms: z.number().int(),
});
export type OrderEventV1 = z.infer<typeof orderEventV1>;

/** What rides each outbox row and each job beside the event. */
export interface Envelope {
  readonly event: OrderEventV1;
  readonly traceparent: string | null;
  readonly correlation_id: string;
  /** Epoch ms after which handling it is late (it is still handled). */
  readonly deadline_ms: number;
}
