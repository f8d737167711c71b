// The rows of the four ledgers as they lie in the evidence. Unknown fields are kept: a seal covers the whole line.
import { z } from 'zod';
import type { ShopperRecord } from '../../loadtests/shopper-record.ts';

export const ledgerNames = ['shoppers', 'providers', 'database', 'mailbox'] as const;
export type LedgerName = (typeof ledgerNames)[number];

const outcomes = [
  ...['placed', 'confirming', 'declined', 'sold_out', 'in_flight', 'overloaded', 'payment_unavailable'],
  ...['rejected', 'error', 'unknown'],
] as ShopperRecord['outcome'][];

export const shopperRow = z.looseObject({
  session: z.number().int(),
  click: z.string(),
  submission: z.union([z.literal(1), z.literal(2)]),
  cart_id: z.string(),
  order_id: z.string().nullable(),
  outcome: z.enum(outcomes),
  amount_minor: z.number().int(),
  currency: z.string(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.number().int() })),
  /** What came of it later, as the shopper was told: called off, or so much of the money given back. */
  cancelled: z.boolean().optional(),
  returned_minor: z.number().int().optional(),
});
export type ShopperRow = z.infer<typeof shopperRow>;

const chargeStatus = z.enum(['pending', 'approved', 'declined', 'captured', 'voided']);
export const providerRow = z.looseObject({
  provider: z.string(),
  id: z.string(),
  /** The idempotency key it was made under. */
  key: z.string(),
  reference: z.string(),
  order: z.string(),
  amount_minor: z.number().int(),
  currency: z.string(),
  status: chargeStatus,
  history: z.array(z.object({ status: chargeStatus, at_ms: z.number() })).min(1),
  // Absent in evidence from before money moved after the authorisation.
  captured_minor: z.number().int().optional(),
  refunded_minor: z.number().int().optional(),
  disputes: z
    .array(z.looseObject({ dispute: z.enum(['notice', 'lost', 'won']), amount_minor: z.number().int() }))
    .optional(),
});
export type ProviderRow = z.infer<typeof providerRow>;

const id = z.string();
const minor = z.number().int();
export const databaseRow = z.discriminatedUnion('table', [
  z.looseObject({
    table: z.literal('order'),
    ...{ order_id: id, checkout_id: id, state: z.string(), total_minor: minor, currency: z.string() },
    /** The shopper's address as its hash; never in clear. */
    email_sha256: z.string(),
  }),
  // A second witness of who ordered, written by another service than the order.
  z.looseObject({ table: z.literal('cart'), cart_id: id, email_sha256: z.string() }),
  z.looseObject({ table: z.literal('line'), order_id: id, sku: id, quantity: z.number().int() }),
  z.looseObject({
    table: z.literal('attempt'),
    ...{ attempt_id: id, order_id: id, provider: z.string(), amount_minor: minor, currency: z.string() },
    state: z.enum([
      'started',
      'approved',
      'declined',
      'unknown',
      'not_executed',
      'voided',
      'action_required',
    ]),
    provider_reference: z.string().nullable(),
  }),
  z.looseObject({
    table: z.literal('payment'),
    ...{ order_id: id, attempt_id: id, kind: z.string(), amount_minor: minor, currency: z.string() },
    /** Which capture, refund or dispute; an authorisation has none. */
    operation_id: z.string().nullable().optional(),
  }),
  z.looseObject({
    table: z.literal('psp_record'),
    ...{ provider: z.string(), charge_id: id, attempt_id: id, order_id: id },
    ...{ amount_minor: minor, currency: z.string() },
  }),
  z.looseObject({
    table: z.literal('reservation'),
    ...{ order_id: id, sku: id, location_id: id, quantity: z.number().int(), status: z.string() },
  }),
  z.looseObject({
    table: z.literal('stock'),
    ...{ sku: id, location_id: id, on_hand: z.number().int(), reserved: z.number().int() },
    // Of parcels on their way: posted already, and on hand until they are delivered.
    in_transit_out: z.number().int().optional(),
  }),
  // Why a shelf holds something else than before: a parcel, a transfer, goods that came back.
  z.looseObject({
    table: z.literal('movement'),
    ...{ sku: id, location_id: id, change: z.number().int(), reason: z.string(), reference: z.string() },
  }),
  z.looseObject({
    table: z.literal('notification'),
    ...{ order_id: id, kind: z.string(), state: z.string(), message_id: z.string() },
  }),
]);
export type DatabaseRow = z.infer<typeof databaseRow>;
export type Table = DatabaseRow['table'];
export type RowOf<T extends Table> = Extract<DatabaseRow, { table: T }>;

export const mailRow = z.looseObject({
  order_id: z.string().nullable(),
  message_id: z.string().nullable(),
  recipient_sha256: z.string(),
  received_ms: z.number(),
  /** What it is about; absent in evidence from when there were confirmations only. */
  kind: z.string().nullish(),
});
export type MailRow = z.infer<typeof mailRow>;

/** What the shop had to sell before anybody came. */
export const stockRow = z.looseObject({ sku: id, location_id: id, on_hand: z.number().int() });
export type StockRow = z.infer<typeof stockRow>;

export interface Ledgers {
  readonly shoppers: readonly ShopperRow[];
  readonly providers: readonly ProviderRow[];
  readonly database: readonly DatabaseRow[];
  readonly mailbox: readonly MailRow[];
  readonly seededStock: readonly StockRow[];
}

export const tableOf = <T extends Table>(rows: readonly DatabaseRow[], table: T) =>
  rows.filter((row): row is RowOf<T> => row.table === table);
