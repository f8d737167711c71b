// Tax comes from the tax provider; it is never computed in the shop.
import { z } from 'zod';
import type { Config } from '../config.ts';
import { money } from '../contracts/checkout-api.ts';
import type { Deadline } from '../http/deadline.ts';
import { lineAmount, type PricedLine } from '../pricing/subtotal.ts';
import { type Asked, createAsk } from './outside.ts';

const answer = z.object({ tax_minor: money });

export interface TaxRequest {
  readonly country: string;
  readonly currency: string;
  readonly lines: readonly (PricedLine & { readonly sku: string })[];
  readonly shipping_minor: number;
}
export type AskTax = (request: TaxRequest, deadline: Deadline) => Promise<Asked<{ tax_minor: number }>>;

export function createTax(config: Config): AskTax {
  const ask = createAsk({
    url: `${config.TAX_URL}/v1/tax`,
    name: 'POST /v1/tax',
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    schema: answer,
  });
  return ({ country, currency, lines, shipping_minor }, deadline) => {
    const taxed = lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      amount_minor: lineAmount(line),
    }));
    return ask({ country, currency, lines: taxed, shipping_minor }, deadline);
  };
}
