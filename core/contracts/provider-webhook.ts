// What a payment provider tells by webhook, in its own words. Both providers speak this dialect; one that does not
// gets a translation of its own.
import { z } from 'zod';
import { isCardNumber } from '../http/card-number.ts';

const id = z
  .string()
  .regex(/^[\w.:-]{1,120}$/)
  .refine((text) => !isCardNumber(text), 'holds a card number');
const amount_minor = z.number().int().positive();

const subject = {
  /** The provider's id of the charge, our attempt, our order. */
  charge_id: id,
  reference: id,
  order: id,
  currency: z.string().regex(/^[A-Z]{3}$/),
  amount_minor,
};
/** Fields we do not know are dropped: a provider may add some at any time. */
const event = <T extends string, D extends z.ZodRawShape>(type: T, data: D) =>
  z.object({
    id,
    type: z.literal(type),
    created_ms: z.number().int().nonnegative(),
    data: z.object({ ...subject, ...data }),
  });
/** `operation_id` is our idempotency key of the capture or refund. */
const operation = { operation_id: id };
const dispute = { dispute_id: id };

export const providerWebhook = z.discriminatedUnion('type', [
  event('authorization.approved', {}),
  event('authorization.declined', {
    decline_code: z
      .string()
      .max(80)
      .regex(/^[a-z_]+$/)
      .optional(),
  }),
  event('authorization.voided', {}),
  event('capture.succeeded', operation),
  event('refund.succeeded', operation),
  event('dispute.notice', dispute),
  event('dispute.lost', dispute),
  // `returned_minor`: what a won appeal brings back; absent when nothing had left.
  event('dispute.won', { ...dispute, returned_minor: amount_minor.optional() }),
]);
export type ProviderWebhook = z.infer<typeof providerWebhook>;

/** What every event has, also one of a kind we have no use for. */
export const anyWebhook = z.object({
  id,
  type: z.string().regex(/^[a-z_.]{1,60}$/),
  created_ms: z.number().int().nonnegative(),
  data: z.object({ reference: id, order: id }),
});
export type AnyWebhook = z.infer<typeof anyWebhook>;

export const webhookTypes: ReadonlySet<string> = new Set(
  providerWebhook.options.map((option) => option.shape.type.value),
);
