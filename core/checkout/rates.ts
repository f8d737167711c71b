// Shipping rates from the carrier, remembered for a short while by country and weight band.
import { z } from 'zod';
import type { Config } from '../config.ts';
import { money, type RatesAnswer } from '../contracts/checkout-api.ts';
import type { Deadline } from '../http/deadline.ts';
import { type Asked, createAsk } from './outside.ts';

/** Carriers price by weight band. The band's upper edge is asked for, so an answer fits every parcel of the band. */
const bandGrams = 250;
const rememberedMs = 30_000;
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

export function createRates(config: Config): AskRates {
  const ask = createAsk<RatesAnswer>({
    url: `${config.RATES_URL}/v1/rates`,
    name: 'POST /v1/rates',
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    schema: answer,
  });
  const remembered = new Map<string, { readonly until: number; readonly asked: Asked<RatesAnswer> }>();
  return async ({ country, currency, weight_grams }, deadline) => {
    const band = Math.max(1, Math.ceil(weight_grams / bandGrams)) * bandGrams;
    const key = `${country} ${currency} ${band}`;
    const hit = remembered.get(key);
    const now = performance.now();
    if (hit !== undefined && hit.until > now) return hit.asked;
    const asked = await ask({ country, currency, weight_grams: band }, deadline);
    if (asked.kind === 'answer') {
      remembered.delete(key);
      // Insertion order is age order: the first key is the oldest.
      if (remembered.size >= rememberedAtMost) remembered.delete(remembered.keys().next().value!);
      remembered.set(key, { until: now + rememberedMs, asked });
    }
    return asked;
  };
}
