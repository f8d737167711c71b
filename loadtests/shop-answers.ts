// What k6 reads from the shop's answers. Pure; a body that is not what the contract says is null, and the shop's failure.
import type { CartAnswer, ProblemAnswer, QuoteAnswer, RatesAnswer } from '../core/contracts/checkout-api.ts';

function parsed<T>(body: string): Partial<T> {
  try {
    return (JSON.parse(body) ?? {}) as Partial<T>;
  } catch {
    return {};
  }
}

export const cartId = (body: string): string | null => parsed<CartAnswer>(body).id ?? null;

export const firstShippingMethod = (body: string): string | null =>
  parsed<RatesAnswer>(body).rates?.[0]?.method ?? null;

export function quoteIn(body: string): Pick<QuoteAnswer, 'id' | 'total_minor' | 'currency'> | null {
  const { id, total_minor, currency } = parsed<QuoteAnswer>(body);
  return id === undefined || total_minor === undefined || currency === undefined
    ? null
    : { id, total_minor, currency };
}

export const submissionAnswer = (body: string): unknown => parsed<object>(body);

export const isSoldOut = (status: number, body: string): boolean =>
  status === 409 && (parsed<ProblemAnswer>(body).type?.endsWith('sold_out') ?? false);
