// Shipping rates from the carrier, remembered for a short while by country and weight band, and for longer while the
// carrier is away: a price list of a quarter of an hour ago is better than no sale.
import { z } from 'zod';
import type { Config } from '../config.ts';
import { money, type RatesAnswer } from '../contracts/checkout-api.ts';
import type { Deadline } from '../http/deadline.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { checkoutDegraded } from '../telemetry/metrics/limits.ts';
import { type Asked, createAsk } from './outside.ts';
import { createRemembered } from './remembered.ts';

/** Carriers price by weight band. The band's upper edge is asked for, so an answer fits every parcel of the band. */
const bandGrams = 250;
const freshMs = 30_000;
const staleMs = 900_000;
const rememberedAtMost = 2_000;

const answer = z.object({
  rates: z
    .array(z.object({ method: z.string(), amount_minor: money, days: z.number().int().nonnegative() }))
    .min(1)
    .max(20),
});

export interface Parcel {
  readonly country: string;
  readonly currency: string;
  readonly weight_grams: number;
}
export type AskRates = (parcel: Parcel, deadline: Deadline) => Promise<Asked<RatesAnswer>>;

export function createRates(config: Config, instruments: Instruments): AskRates {
  const ask = createAsk<RatesAnswer>({
    url: `${config.RATES_URL}/v1/rates`,
    name: 'POST /v1/rates',
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    schema: answer,
  });
  const remembered = createRemembered<RatesAnswer>(rememberedAtMost);
  return async ({ country, currency, weight_grams }, deadline) => {
    const band = Math.max(1, Math.ceil(weight_grams / bandGrams)) * bandGrams;
    const key = `${country} ${currency} ${band}`;
    const fresh = remembered.find(key, freshMs);
    if (fresh !== null) return { kind: 'answer', value: fresh };
    const asked = await ask({ country, currency, weight_grams: band }, deadline);
    if (asked.kind === 'answer') remembered.keep(key, asked.value);
    const stale = asked.kind === 'unavailable' ? remembered.find(key, staleMs) : null;
    if (stale === null) return asked;
    instruments.count(checkoutDegraded, { dependency: 'rates' });
    return { kind: 'answer', value: stale };
  };
}
