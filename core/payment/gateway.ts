// Authorisation over attempts: another provider is tried only when the one before is proven not to have executed,
// and only after the new attempt is committed. An unknown outcome ends it: never a second charge.
import type { Config } from '../config.ts';
import type { Attempt } from '../contracts/orders-api.ts';
import type { Deadline } from '../http/deadline.ts';
import type { Switches } from '../switches/switches.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';
import type { Authorization } from './authorization.ts';
import { providerAccess, voidByReference } from './books.ts';
import { type Charge, createProviderClient, type Payment } from './provider-client.ts';
import { psps, route, type Sale } from './routing.ts';

/** Commits a further attempt; `unwanted`: its buyer has given up; null when it could not be, for whatever other reason. */
export type CommitNext = (failed: Attempt, provider: Provider) => Promise<Attempt | 'unwanted' | null>;

export type GatewayResult =
  | { readonly kind: 'decided'; readonly attempt: Attempt; readonly authorization: Authorization }
  /** Nothing was executed, and the attempt at the next provider could not be written down, so it was not made. */
  | { readonly kind: 'not_recorded'; readonly attempt: Attempt };

export interface Gateway {
  /** Asked before an order is placed, so that its first attempt names a provider that takes work; null: none does. */
  choose(sale: Sale): Provider | null;
  /** The second call of a payment whose buyer had to agree at the provider first. Asking twice is one completion. */
  complete(
    payment: Sale & Payment,
    attempt: Attempt,
    options: { readonly deadline: Deadline; readonly mayHaveRun: boolean },
  ): Promise<Authorization>;
  /** Gives back what waits for its buyer, and makes the provider refuse what comes later; false when that is not proven. */
  release(attempt: Attempt, deadline: Deadline): Promise<boolean>;
  authorize(
    charge: Charge,
    first: Attempt,
    options: { readonly deadline: Deadline; readonly mayHaveRun: boolean; readonly commitNext: CommitNext },
  ): Promise<GatewayResult>;
}

const noSwitches = { allows: () => true, blocked: () => null };

/** What is switched off gets no new authorisation; what may have run already is left to be asked about. */
const untried = (mayHaveRun: boolean): Authorization =>
  mayHaveRun
    ? { kind: 'unknown', reason: 'switched_off', retry: false }
    : { kind: 'not_executed', reason: 'switched_off' };

export function createGateway(
  config: Config,
  instruments: Instruments,
  switches: Pick<Switches, 'allows' | 'blocked'> = noSwitches,
): Gateway {
  const clients = new Map(
    psps.map((psp) => [psp.provider as string, createProviderClient(psp, config, instruments)]),
  );
  const clientOf = (provider: string) => {
    const client = clients.get(provider);
    if (client === undefined) throw new Error(`an attempt names ${provider}, which is not a provider`);
    return client;
  };
  const accesses = providerAccess(config, instruments);
  const takesWork = (provider: Provider) =>
    switches.blocked({ provider }) === null && clientOf(provider).takesWork();
  const wishOf = ({ market, method }: Sale) => ({ region: market, payment_method: method });
  /** Asked again before each call: a switch may have come on since the attempt was committed, minutes ago when it is resumed. */
  function isOff(sale: Sale, { provider }: Attempt): boolean {
    const wish = { provider, ...wishOf(sale) };
    const off = !switches.allows(wish);
    if (off) switches.blocked(wish);
    return off;
  }
  return {
    choose: (sale) => route(sale, takesWork),
    complete: async (payment, attempt, { deadline, mayHaveRun }) =>
      isOff(payment, attempt)
        ? untried(mayHaveRun)
        : clientOf(attempt.provider).complete(attempt, payment, deadline),
    async release(attempt, deadline) {
      const access = accesses.find(({ provider }) => provider === attempt.provider);
      if (access === undefined)
        throw new Error(`an attempt names ${attempt.provider}, which is not a provider`);
      const timeoutMs = deadline.allow(access.timeoutMs);
      return (await voidByReference({ ...access, timeoutMs }, attempt.id)).kind === 'voided';
    },
    async authorize(charge, first, { deadline, mayHaveRun, commitNext }) {
      const tried = new Set<string>();
      let attempt = first;
      for (;;) {
        tried.add(attempt.provider);
        const ranPerhaps = mayHaveRun && attempt === first;
        const authorization = isOff(charge, attempt)
          ? untried(ranPerhaps)
          : await clientOf(attempt.provider).authorize(charge, attempt, deadline, ranPerhaps);
        if (authorization.kind !== 'not_executed') return { kind: 'decided', attempt, authorization };
        const next = switches.allows(wishOf(charge)) ? route(charge, takesWork, tried) : null;
        if (next === null) return { kind: 'decided', attempt, authorization };
        const committed = await commitNext(attempt, next);
        if (committed === null) return { kind: 'not_recorded', attempt };
        if (committed === 'unwanted') return { kind: 'decided', attempt, authorization };
        attempt = committed;
      }
    },
  };
}
