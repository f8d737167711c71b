// Which traffic proves which cause alert, at the scrape interval of the drill.
import {
  invariants,
  invariantsLastCounted,
  invariantViolations,
  reconciliationLastSuccess,
} from '../../core/telemetry/metrics/invariants.ts';
import { paymentBreakerOpen, unknownPayments } from '../../core/telemetry/metrics/payment.ts';
import { outboxOldestAge } from '../../core/telemetry/metrics/pipeline.ts';
import { selector } from '../../core/telemetry/promql.ts';
import { causeAlerts, causeOfInvariant, outboxAgeLimitSeconds, unknownPaymentLimit } from '../causes.ts';
import { alertRules, causeIntervalSeconds, type RuleGroup } from '../rules.ts';
import type { RangeEdge } from './counters.ts';
import { type Cases, by, gauge } from './cause-shapes.ts';
import { slowCasesOf } from './slow-cause-proofs.ts';
import { down } from './down-proof.ts';
import { fewOrders } from './orders-proof.ts';
import { stale } from './stale-proof.ts';
import { type AlertProof, groupsFor, proofOf } from './suite.ts';
import { timeoutCases } from './timeout-proof.ts';

const provider = 'psp-primary';
const casesOf: Readonly<Record<string, Cases>> = {
  PaymentProviderTimeouts: (_cause, edge) => timeoutCases(edge),
  PaymentBreakerOpen: gauge({
    series: (instance) => selector(paymentBreakerOpen, { provider }, { extra: by(instance) }),
    calm: 0,
    below: 0,
    above: 1,
    rememberedSeconds: 30,
    labels: { provider },
  }),
  UnknownPayments: gauge({
    series: (instance) => selector(unknownPayments, {}, { extra: by(instance) }),
    calm: 0,
    below: unknownPaymentLimit - 1,
    above: unknownPaymentLimit,
  }),
  OutboxStalled: gauge({
    series: (instance) => selector(outboxOldestAge, {}, { extra: by(instance) }),
    calm: 0,
    below: outboxAgeLimitSeconds,
    above: outboxAgeLimitSeconds + 1,
  }),
  ReconciliationStale: stale(reconciliationLastSuccess),
  InvariantsUncounted: stale(invariantsLastCounted),
  ServiceDown: down('every process'),
  ProcessDown: down('one process'),
  OrdersFarBelowLastWeek: fewOrders,
  ...slowCasesOf,
  Watchdog: ({ name }) => [
    {
      name: `${name}: always fires`,
      shows: ['just above'],
      stepSeconds: causeIntervalSeconds,
      series: [],
      checks: [
        { step: 0, value: 1 },
        { step: 5, value: 1 },
      ],
    },
  ],
  ...Object.fromEntries(
    invariants.map((invariant) => {
      const other = invariants.find((one) => one !== invariant)!;
      const cases = gauge({
        series: (instance) => selector(invariantViolations, { invariant }, { extra: by(instance) }),
        calm: 0,
        below: 0,
        above: 1,
        labels: { invariant },
        foreign: [selector(invariantViolations, { invariant: other }, { extra: by('other') })],
      });
      return [causeOfInvariant(invariant), cases];
    }),
  ),
};

export const causeProofs = (groups: readonly RuleGroup[], edge: RangeEdge): AlertProof[] =>
  causeAlerts.map((cause) => {
    const { name } = cause;
    const [alert, cases] = [alertRules(groups).find((rule) => rule.alert === name), casesOf[name]];
    if (alert === undefined || cases === undefined)
      throw new Error(`${name} has no proof; add its traffic to alerts/proofs/cause-proofs.ts`);
    return proofOf(alert, groupsFor(alert, groups), () => cases(cause, edge));
  });
