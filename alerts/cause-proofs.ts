// Traffic that proves a cause alert, at the scrape interval of the drill.
import {
  invariants,
  invariantViolations,
  reconciliationLastSuccess,
} from '../core/telemetry/metrics/invariants.ts';
import {
  paymentAttempts,
  paymentBreakerOpen,
  paymentTimeouts,
  unknownPayments,
} from '../core/telemetry/metrics/payment.ts';
import { outboxOldestAge } from '../core/telemetry/metrics/pipeline.ts';
import { selector } from '../core/telemetry/promql.ts';
import {
  causeAlerts,
  causeOfInvariant,
  outboxAgeLimitSeconds,
  reconciliationAgeLimitSeconds,
  unknownPaymentLimit,
} from './causes.ts';
import { type ProofCase, promtoolTests } from './proofs.ts';
import { renderRules } from './render.ts';
import type { ProofSuite } from './prometheus-tools.ts';
import { alertRules, causeIntervalSeconds, ruleGroups } from './rules.ts';

const steps = 60;
const counting = (perStep: number) => `0+${perStep}x${steps}`;
const steady = (value: number) => `${value}x${steps}`;
/** Long enough for the 30 s ranges to be full. */
const atSeconds = 60;

const silent = (name: string, series: ProofCase['series'], at = atSeconds): ProofCase => ({
  name,
  series,
  atSeconds: at,
  fires: null,
});
const fires = (
  name: string,
  series: ProofCase['series'],
  value: string,
  labels: Record<string, string> = {},
  at = atSeconds,
): ProofCase => ({ name, series, atSeconds: at, fires: { labels, value } });

const provider = 'psp-primary';
// 15 steps of 2 s in the 30 s range.
const providerTraffic = (timeoutsPerStep: number, attemptsPerStep: number) => [
  {
    series: selector(paymentTimeouts, { provider, operation: 'authorize' }),
    values: counting(timeoutsPerStep),
  },
  { series: selector(paymentAttempts, { provider, outcome: 'approved' }), values: counting(attemptsPerStep) },
];

/** A gauge without labels, one step below and one above its limit. */
function gauge(series: string, below: number, above: number, value: string): ProofCase[] {
  return [
    silent('just below is silent', [{ series, values: steady(below) }]),
    fires('just above fires', [{ series, values: steady(above) }], value),
    silent('no metric is silent', []),
  ];
}

const casesOf: Readonly<Record<string, readonly ProofCase[]>> = {
  PaymentProviderTimeouts: [
    silent('4.5 timeouts in 30 s are silent', providerTraffic(0.3, 1)),
    silent('4 % of attempts are silent', providerTraffic(0.4, 10)),
    silent('no traffic is silent', providerTraffic(0, 0)),
    fires('six timeouts in 30 s fire', providerTraffic(0.4, 1), '6', { provider }),
    fires('six percent of attempts fire', providerTraffic(0.6, 10), '9', { provider }),
  ],
  PaymentBreakerOpen: [
    silent('a closed breaker is silent', [
      { series: selector(paymentBreakerOpen, { provider }), values: steady(0) },
    ]),
    fires(
      'a breaker open at one scrape fires',
      [{ series: selector(paymentBreakerOpen, { provider }), values: '0x25 1 0x34' }],
      '1',
      { provider },
    ),
    silent('no metric is silent', []),
  ],
  UnknownPayments: gauge(
    selector(unknownPayments),
    unknownPaymentLimit - 1,
    unknownPaymentLimit,
    `${unknownPaymentLimit}`,
  ),
  OutboxStalled: gauge(selector(outboxOldestAge), outboxAgeLimitSeconds, outboxAgeLimitSeconds + 1, '31s'),
  ReconciliationStale: [
    silent(
      'sixty seconds without a pass are silent',
      [{ series: selector(reconciliationLastSuccess), values: steady(0) }],
      reconciliationAgeLimitSeconds,
    ),
    fires(
      'workers that died fire, though their series ended',
      [{ series: selector(reconciliationLastSuccess), values: '0x10 stale' }],
      '1m 10s',
      {},
      reconciliationAgeLimitSeconds + 10,
    ),
  ],
  Watchdog: [fires('always fires', [], '1')],
  ...Object.fromEntries(
    invariants.map((invariant) => {
      const series = selector(invariantViolations, { invariant });
      const proofs = [
        silent('zero is silent', [{ series, values: steady(0) }]),
        fires('one violation fires', [{ series, values: steady(1) }], '1', { invariant }),
        silent('no metric is silent', []),
      ];
      return [causeOfInvariant(invariant), proofs];
    }),
  ),
};

/** One suite an alert. */
export function causeProofs(): ProofSuite[] {
  return causeAlerts.map((cause) => {
    const { name } = cause;
    const groups = ruleGroups([], [cause]).filter((group) => group.name === 'causes');
    const [alert, proofCases] = [alertRules(groups)[0], casesOf[name]];
    if (alert === undefined || proofCases === undefined) {
      throw new Error(`${name} has no proof; add it to cause-proofs.ts`);
    }
    const tests = promtoolTests(name, causeIntervalSeconds, [{ alert, cases: proofCases }]);
    return { name, rules: renderRules(groups), tests };
  });
}
