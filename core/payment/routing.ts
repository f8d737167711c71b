// Which providers take which method in which market, in order of preference.
import type { Provider } from '../telemetry/metrics/payment.ts';
import { type PaymentMethod, paymentMethods } from './methods.ts';
import type { Psp } from './psp.ts';
import { pspBackup } from './psp-backup.ts';
import { pspPrimary } from './psp-primary.ts';

/** The explicit list: adding a provider is adding its file here. */
export const psps: readonly Psp[] = [pspPrimary, pspBackup];

export interface Sale {
  readonly market: string;
  readonly method: string;
}

interface Offer {
  readonly method: PaymentMethod;
  readonly markets: 'everywhere' | readonly string[];
  /** First choice first. One alone: nobody can take its work over. */
  readonly providers: readonly Provider[];
}

/** The first offer that fits counts. */
const offers: readonly Offer[] = [
  { method: 'card', markets: 'everywhere', providers: ['psp-primary', 'psp-backup'] },
  { method: 'wallet', markets: 'everywhere', providers: ['psp-primary', 'psp-backup'] },
  // Credit is agreed country by country, and with one lender in each.
  { method: 'bnpl', markets: ['GB', 'IE', 'DE', 'FR', 'NL'], providers: ['psp-primary'] },
  { method: 'bnpl', markets: ['US'], providers: ['psp-backup'] },
  // A gift card's balance is kept in one place.
  { method: 'gift_card', markets: 'everywhere', providers: ['psp-primary'] },
];

/** Nobody when the method is not offered in that market. */
export const providersFor = ({ market, method }: Sale): readonly Provider[] =>
  offers.find((offer) => offer.method === method && isIn(offer, market))?.providers ?? [];

export const methodsIn = (market: string): readonly PaymentMethod[] =>
  paymentMethods.filter((method) => providersFor({ market, method }).length > 0);

const isIn = ({ markets }: Offer, market: string) => markets === 'everywhere' || markets.includes(market);

/** The first provider for this sale that takes new work and was not tried; null when there is none. */
export function route(
  sale: Sale,
  takesWork: (provider: Provider) => boolean,
  tried: ReadonlySet<string> = new Set(),
): Provider | null {
  return providersFor(sale).find((provider) => !tried.has(provider) && takesWork(provider)) ?? null;
}
