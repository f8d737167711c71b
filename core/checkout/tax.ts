// Tax comes from the tax provider; it is never computed in the shop. While the provider is away it may be repeated, for the
// very same goods to the very same country, from what the provider itself said a few minutes ago.
import { z } from 'zod';
import type { Config } from '../config.ts';
import { money } from '../contracts/checkout-api.ts';
import type { Deadline } from '../http/deadline.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { checkoutDegraded } from '../telemetry/metrics/limits.ts';
import { type Asked, createAsk } from './outside.ts';
import { createRemembered } from './remembered.ts';

const repeatedMs = 600_000;
// A basket of the most lines is 12 kB as text.
const rememberedAtMost = 2_000;

const answer = z.object({ tax_minor: money });

export interface TaxRequest {
  readonly country: string;
  readonly currency: string;
  /** Each at what it really costs, discounts taken off. */
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly amount_minor: number;
  }[];
  readonly shipping_minor: number;
}
export type AskTax = (request: TaxRequest, deadline: Deadline) => Promise<Asked<{ tax_minor: number }>>;

export function createTax(config: Config, instruments: Instruments): AskTax {
  const ask = createAsk({
    url: `${config.TAX_URL}/v1/tax`,
    name: 'POST /v1/tax',
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    schema: answer,
  });
  const remembered = createRemembered<{ tax_minor: number }>(rememberedAtMost);
  return async (request, deadline) => {
    // Lines come ordered by SKU, so the same basket is the same text.
    const key = JSON.stringify(request);
    const asked = await ask(request, deadline);
    if (asked.kind === 'answer') remembered.keep(key, asked.value);
    const said = asked.kind === 'unavailable' ? remembered.find(key, repeatedMs) : null;
    if (said === null) return asked;
    instruments.count(checkoutDegraded, { dependency: 'tax' });
    return { kind: 'answer', value: said };
  };
}
