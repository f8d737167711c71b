// Kill switches over the orders service's internal API, version 1. Service token required.
import { z } from 'zod';
import { paymentMethods } from '../payment/methods.ts';
import { providers } from '../telemetry/metrics/payment.ts';
import { type Dimension, modes } from '../switches/switch.ts';

const maxSeconds = 24 * 60 * 60;
const defaultSeconds = 60 * 60;

/** What a value of each dimension looks like: a switch with a misspelt value would never stop anything, and say nothing. */
export const switchValues = {
  region: z.string().regex(/^[A-Z]{2}$/, 'a region is a market: two capital letters'),
  payment_method: z.enum(paymentMethods),
  shipping_method: z.string().regex(/^[a-z0-9_-]{1,40}$/, 'a shipping method as the carrier names it'),
  promotion: z.string().regex(/^[a-z0-9_]{1,60}$/, 'the id of a promotion'),
  provider: z.enum(providers),
} as const satisfies Record<Dimension, z.ZodType<string>>;

const by = z.string().min(1).max(80);
const why = z.string().min(3).max(500);

export const turnOnSwitch = z.strictObject({
  by,
  why,
  mode: z.enum(modes).default('on'),
  for_seconds: z.number().int().min(1).max(maxSeconds).default(defaultSeconds),
});
export const turnOffSwitch = z.strictObject({ by, why });

export interface SwitchEntry {
  readonly dimension: Dimension;
  readonly value: string;
  readonly state: 'on' | 'dry_run' | 'expired' | 'off';
  readonly reason: string;
  readonly changed_by: string;
  readonly changed_at: string;
  readonly expires_at: string | null;
  /** Since it was turned on. */
  readonly stopped: number;
  readonly would_stop: number;
}
export interface SwitchList {
  readonly switches: readonly SwitchEntry[];
}
