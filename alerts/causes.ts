// Alerts on causes and on invariants: what a burn alert would say too late or never. One entry an alert.
import {
  type Invariant,
  invariantsLastCounted,
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
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { increase, selector, sum } from '../core/telemetry/promql.ts';
import type { Team } from './alert.ts';
import { percent } from './burn-rate.ts';
import { businessCauses } from './causes/business.ts';
import type { CauseAlert } from './causes/cause.ts';
import { monitoringCauses } from './causes/monitoring.ts';
import { processCauses } from './causes/processes.ts';
import { pipelineCauses } from './causes/pipeline.ts';
import { providerCauses } from './causes/providers.ts';
import { saturationCauses } from './causes/saturation.ts';
import { shopperCauses } from './causes/shoppers.ts';
import { type DashboardName, labelOfAlert } from './links.ts';

const byProvider = ['provider'];
const ofProvider = { provider: labelOfAlert('provider') };

/** Below these a provider is having a hiccup, above them shoppers are waiting for nothing. */
export const providerTimeoutLimits = { windowSeconds: 30, minTimeouts: 5, minShare: 0.05 } as const;
const timeoutWindow = `${providerTimeoutLimits.windowSeconds}s`;
const authorizeTimeouts = sum(
  increase(selector(paymentTimeouts, { operation: 'authorize' }), timeoutWindow),
  byProvider,
);
const attempts = sum(increase(selector(paymentAttempts), timeoutWindow), byProvider);

/**
 * A breaker that opens ends the attempts and with them the timeouts, so without this the page would be over while its cause
 * lasts, and come again whenever the breaker half-opens.
 */
export const timeoutsRememberedSeconds = 300;

export const unknownPaymentLimit = 3;
export const outboxAgeLimitSeconds = 30;
/** Reconciliation runs every 2 s; thirty missed passes are no hiccup. */
export const reconciliationAgeLimitSeconds = 60;
/** How long a dead worker's last pass is remembered. Longer than that ServiceDown goes on. */
export const reconciliationMemorySeconds = 86_400;

// last_over_time: when the workers die their series end, and that is exactly when this must speak.
const ageOf = (timestamp: Metric) =>
  `time() - max(last_over_time(${selector(timestamp)}[${reconciliationMemorySeconds / 86_400}d])) > ${reconciliationAgeLimitSeconds}`;
/** Who emits them: ServiceDown says what these would. */
const ofWorkers = { job: 'workers' } as const;

const signals = [
  {
    name: 'PaymentProviderTimeouts',
    // Attempts can be 0 while calls still hang: then any timeout is more than its share.
    expr: [
      `${authorizeTimeouts} >= ${providerTimeoutLimits.minTimeouts}`,
      `and ${authorizeTimeouts} > ${providerTimeoutLimits.minShare} * ${attempts}`,
    ].join('\n'),
    forSeconds: 0,
    keepFiringSeconds: timeoutsRememberedSeconds,
    rateWindowSeconds: providerTimeoutLimits.windowSeconds,
    severity: 'page',
    team: 'payments',
    dashboard: 'payments',
    variables: ofProvider,
    summary: 'A payment provider does not answer authorisations in time.',
    description:
      `{{ $value | humanize }} authorisations at {{ $labels.provider }} got no answer in ${providerTimeoutLimits.windowSeconds} s, more than ${percent(providerTimeoutLimits.minShare)} of its attempts. ` +
      `Each may have charged a shopper who was told nothing. Over ${timeoutsRememberedSeconds / 60} min after the last of them, because an open breaker sends none.`,
  },
  {
    name: 'PaymentBreakerOpen',
    // The maximum of 30 s: a breaker that half-opens between two scrapes is still a breaker that opened.
    expr: `max by (provider) (max_over_time(${selector(paymentBreakerOpen)}[30s])) > 0`,
    forSeconds: 0,
    rateWindowSeconds: 30,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'payments',
    variables: ofProvider,
    summary: 'The circuit breaker of a payment provider is open.',
    description:
      'Checkout stopped sending authorisations to {{ $labels.provider }}; new payments go to the other provider, or are refused when both are open.',
  },
  {
    name: 'UnknownPayments',
    expr: `max(${selector(unknownPayments)}) >= ${unknownPaymentLimit}`,
    // Two reconciliation passes: one unknown batch that the next pass resolves wakes nobody.
    forSeconds: 4,
    rateWindowSeconds: 0,
    severity: 'page',
    team: 'payments',
    dashboard: 'payments',
    summary: 'Payments with an unknown outcome are piling up.',
    description:
      '{{ $value | humanize }} payment attempts were sent and never answered; until they are resolved nobody knows whether those shoppers paid.',
  },
  {
    name: 'OutboxStalled',
    expr: `max(${selector(outboxOldestAge)}) > ${outboxAgeLimitSeconds}`,
    forSeconds: 4,
    rateWindowSeconds: 0,
    severity: 'page',
    team: 'platform',
    dashboard: 'orders',
    summary: 'Order events are not leaving the outbox.',
    description:
      'The oldest order event has waited {{ $value | humanizeDuration }}; confirmations and everything after the answer wait behind it.',
  },
  {
    name: 'InvariantsUncounted',
    expr: ageOf(invariantsLastCounted),
    forSeconds: 4,
    rateWindowSeconds: 0,
    severity: 'page',
    team: 'platform',
    dashboard: 'reconciliation',
    labels: ofWorkers,
    summary: 'What must never be is not being counted.',
    description:
      'Invariants were last counted {{ $value | humanizeDuration }} ago: double charges, lost orders and oversold stock are not being looked for. ' +
      'An alert about one of them that ended meanwhile did not end because it was repaired.',
  },
  {
    name: 'ReconciliationStale',
    expr: ageOf(reconciliationLastSuccess),
    forSeconds: 4,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'reconciliation',
    labels: ofWorkers,
    summary: 'Reconciliation does not get to its end.',
    description:
      'The last pass in which everything was done was {{ $value | humanizeDuration }} ago: the books of a provider are not read, or its unknown payments not resolved. ' +
      'What must never be is still counted, from our own records and from its books as they were then.',
  },
] as const satisfies readonly CauseAlert[];

/** What a broken invariant is called and whose it is; a new invariant does not compile until it has an alert. */
const invariantAlerts: Readonly<
  Record<Invariant, { readonly name: string; readonly team: Team; readonly summary: string }>
> = {
  double_charge: {
    name: 'DoubleCharge',
    team: 'payments',
    summary: 'A shopper was charged twice for one order.',
  },
  oversell: { name: 'Oversell', team: 'orders', summary: 'More was sold than is in stock.' },
  lost_order: { name: 'LostOrder', team: 'orders', summary: 'An acknowledged order is missing.' },
  captured_without_order: {
    name: 'CapturedWithoutOrder',
    team: 'payments',
    summary: 'Money was taken without an order to ship.',
  },
  unknown_payment_overdue: {
    name: 'UnknownPaymentOverdue',
    team: 'payments',
    summary: 'A payment has been unknown for more than 15 minutes.',
  },
  discrepancy_overdue: {
    name: 'DiscrepancyOverdue',
    team: 'payments',
    summary: 'A difference between our books and a provider is older than its limit.',
  },
  dead_letter: {
    name: 'DeadLetterPresent',
    team: 'platform',
    summary: 'A job gave up and waits for a person.',
  },
};

const dashboardOf: Readonly<Record<Invariant, DashboardName>> = {
  double_charge: 'payments',
  oversell: 'inventory',
  lost_order: 'orders',
  captured_without_order: 'reconciliation',
  unknown_payment_overdue: 'payments',
  discrepancy_overdue: 'reconciliation',
  dead_letter: 'orders',
};

export const causeOfInvariant = (invariant: Invariant) => invariantAlerts[invariant].name;

function invariantAlert(invariant: Invariant): CauseAlert {
  return {
    ...invariantAlerts[invariant],
    expr: `max by (invariant) (${selector(invariantViolations, { invariant })}) > 0`,
    // Two scrapes: no budget, but a gauge read in the middle of a pass is not evidence.
    forSeconds: 4,
    rateWindowSeconds: 0,
    severity: 'page',
    dashboard: dashboardOf[invariant],
    description:
      '{{ $value | humanize }} rows break the invariant {{ $labels.invariant }} now. There is no budget for this.',
  };
}

const watchdog: CauseAlert = {
  name: 'Watchdog',
  expr: 'vector(1)',
  forSeconds: 0,
  rateWindowSeconds: 0,
  severity: 'none',
  team: 'platform',
  dashboard: 'verdict',
  summary: 'Always firing: proves that alerts arrive.',
  description:
    "A dead man's switch. When it stops arriving, Prometheus, Alertmanager or the way between them is broken.",
};

export const causeAlerts: readonly CauseAlert[] = [
  ...signals,
  ...providerCauses,
  ...processCauses,
  ...monitoringCauses,
  ...pipelineCauses,
  ...saturationCauses,
  ...businessCauses,
  ...shopperCauses,
  ...(Object.keys(invariantAlerts) as Invariant[]).map(invariantAlert),
  watchdog,
];
