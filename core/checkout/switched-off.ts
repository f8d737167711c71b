// What a shopper meets of a kill switch: what is off for them, what they still can do, when to come back.
import { methodsIn, providersFor } from '../payment/routing.ts';
import type { Dimension, Switch } from '../switches/switch.ts';
import { secondsLeft, type Switches } from '../switches/switches.ts';

/** A switch may be lifted long before its end, so nobody is sent away for longer. */
const comeBackAtMostSeconds = 300;

export interface SwitchedOff {
  readonly kind: 'switched_off';
  readonly off: { readonly dimension: Dimension; readonly value: string };
  /** Whether the shopper can do something else now; if not, only waiting helps. */
  readonly another: boolean;
  /** What that is, as far as it is known: ways to pay, ways to ship. */
  readonly stillPossible: readonly string[];
  readonly retryAfterSeconds: number;
}

export const switchedOff = (
  by: Switch,
  stillPossible: readonly string[] = [],
  another = stillPossible.length > 0,
): SwitchedOff => ({
  kind: 'switched_off',
  off: { dimension: by.dimension, value: by.value },
  another,
  stillPossible,
  retryAfterSeconds: Math.min(comeBackAtMostSeconds, secondsLeft(by)),
});

const words = {
  region: (value) => [`Ordering is paused in ${value} at this moment.`, 'Your cart is kept.'],
  payment_method: (value) => [`Paying by ${value} is not possible at this moment.`, 'Your cart is kept.'],
  shipping_method: (value) => [
    `Shipping by ${value} is not possible at this moment.`,
    'Ask for a quote with another way to ship.',
  ],
  promotion: () => ['A promotion of this quote has ended.', 'Ask for a new quote.'],
  // Whom we work with is no news to a shopper.
  provider: () => ['Payments are paused at this moment.', 'Your cart is kept.'],
} as const satisfies Record<Dimension, (value: string) => readonly [string, string]>;

export function tell({ off, another, stillPossible, retryAfterSeconds }: SwitchedOff) {
  const [title, advice] = words[off.dimension](off.value);
  const possible = stillPossible.length === 0 ? '' : ` Possible: ${stillPossible.join(', ')}.`;
  return {
    status: another ? 409 : 503,
    title,
    detail: `${advice}${possible} Nothing was charged.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
    more: {
      off: off.dimension === 'provider' ? { dimension: 'payment_method', value: 'any' } : off,
      still_possible: stillPossible,
    },
  } as const;
}

/** Ways to pay in a market that are on, and have a provider that is. */
const methodsOn = (market: string, switches: Switches): readonly string[] =>
  methodsIn(market).filter(
    (payment_method) =>
      switches.allows({ payment_method }) &&
      providersFor({ market, method: payment_method }).some((provider) => switches.allows({ provider })),
  );

/** Why this may not be paid now; null when no switch stops it. `waitingAt`: where an earlier attempt waits for its buyer. */
export function paymentOff(
  market: string,
  method: string,
  switches: Switches,
  waitingAt?: string,
): SwitchedOff | null {
  const by = switches.blocked({ region: market, payment_method: method });
  if (by !== null) return switchedOff(by, by.dimension === 'region' ? [] : methodsOn(market, switches));
  const offered = waitingAt === undefined ? providersFor({ market, method }) : [waitingAt];
  // One of them off is passed by, and counted, where the provider is chosen.
  if (offered.some((provider) => switches.allows({ provider }))) return null;
  const stops = offered.map((provider) => switches.blocked({ provider })).filter((each) => each !== null);
  // Payments go on with the first that is back.
  const [soonest] = stops.toSorted((a, b) => a.endsAt - b.endsAt);
  return soonest === undefined ? null : switchedOff(soonest, methodsOn(market, switches));
}

interface Quoted {
  readonly market: string;
  readonly shipping_method: string;
  readonly promotions: readonly string[];
}

/** The same for a whole submission. What ships it and makes it cheaper was checked in the quote, and may be off since. */
export function submissionOff(
  { market, shipping_method, promotions }: Quoted,
  method: string,
  switches: Switches,
): SwitchedOff | null {
  const wishes = [{ shipping_method }, ...promotions.map((promotion) => ({ promotion }))];
  const stops = wishes.map((wish) => switches.blocked(wish)).filter((each) => each !== null);
  // A new quote is without all of them.
  const [by] = stops;
  return by === undefined ? paymentOff(market, method, switches) : switchedOff(by, [], true);
}
