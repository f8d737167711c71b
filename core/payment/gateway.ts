// Authorisation over attempts: another provider is tried only when the one before is proven not to have executed,
// and only after the new attempt is committed. An unknown outcome ends it: never a second charge.
import type { Config } from '../config.ts';
import type { Attempt } from '../contracts/orders-api.ts';
import type { Deadline } from '../http/deadline.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';
import { type Authorization, type Charge, createProviderClient } from './provider-client.ts';
import { psps, route } from './routing.ts';

/** Commits a further attempt; null when it could not be, whatever the reason. */
export type CommitNext = (failed: Attempt, provider: Provider) => Promise<Attempt | null>;

export type GatewayResult =
  | { readonly kind: 'decided'; readonly attempt: Attempt; readonly authorization: Authorization }
  /** Nothing was executed, and the attempt at the next provider could not be written down, so it was not made. */
  | { readonly kind: 'not_recorded'; readonly attempt: Attempt };

export interface Gateway {
  /** Asked before an order is placed, so that its first attempt names a provider that takes work; null: none does. */
  choose(): Provider | null;
  authorize(
    charge: Charge,
    first: Attempt,
    options: { readonly deadline: Deadline; readonly mayHaveRun: boolean; readonly commitNext: CommitNext },
  ): Promise<GatewayResult>;
}

export function createGateway(config: Config, instruments: Instruments): Gateway {
  const clients = new Map(
    psps.map((psp) => [psp.provider as string, createProviderClient(psp, config, instruments)]),
  );
  const clientOf = (provider: string) => {
    const client = clients.get(provider);
    if (client === undefined) throw new Error(`an attempt names ${provider}, which is not a provider`);
    return client;
  };
  const takesWork = (provider: Provider) => clientOf(provider).takesWork();
  return {
    choose: () => route(takesWork),
    async authorize(charge, first, { deadline, mayHaveRun, commitNext }) {
      const tried = new Set<string>();
      let attempt = first;
      for (;;) {
        tried.add(attempt.provider);
        const client = clientOf(attempt.provider);
        const authorization = await client.authorize(
          charge,
          attempt,
          deadline,
          mayHaveRun && attempt === first,
        );
        if (authorization.kind !== 'not_executed') return { kind: 'decided', attempt, authorization };
        const next = route(takesWork, tried);
        if (next === null) return { kind: 'decided', attempt, authorization };
        const committed = await commitNext(attempt, next);
        if (committed === null) return { kind: 'not_recorded', attempt };
        attempt = committed;
      }
    },
  };
}
