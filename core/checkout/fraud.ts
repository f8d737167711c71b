// What becomes of an order whose screening cannot be had: small ones are taken, the others are looked at by a person.
import type { FraudDecision } from '../telemetry/metrics/fraud.ts';
import type { Asked } from './outside.ts';

export interface Screening {
  readonly decision: FraudDecision;
  readonly score: number;
}

export interface Screened {
  readonly decision: FraudDecision;
  /** Null when nobody scored it. */
  readonly score: number | null;
  /** Decided by the value limit alone, because the screening was away. */
  readonly degraded: boolean;
}

/**
 * Below `bypassMaxMinor` an unscreened order costs less than a lost sale; above it waits for a person, and is neither
 * captured nor shipped meanwhile. Only an outage is bridged so: a request the screening refuses to judge is one that
 * somebody made strange, and is looked at whatever its value.
 */
export async function screenOrDegrade(
  order: { readonly amount_minor: number },
  ask: () => Promise<Asked<Screening>>,
  bypassMaxMinor: number,
): Promise<Screened> {
  const asked = await ask();
  switch (asked.kind) {
    case 'answer':
      return { decision: asked.value.decision, score: asked.value.score, degraded: false };
    case 'refused':
      return { decision: 'review', score: null, degraded: false };
    case 'unavailable':
      return {
        decision: order.amount_minor < bypassMaxMinor ? 'accept' : 'review',
        score: null,
        degraded: true,
      };
  }
}
