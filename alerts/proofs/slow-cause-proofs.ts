// Which traffic proves which of the slower causes.
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { chargebackBudgetUsed } from '../../core/telemetry/metrics/fraud.ts';
import { discrepancyRatio } from '../../core/telemetry/metrics/invariants.ts';
import {
  stockDriftRepaired,
  stockFeedAge,
  stockFeedStaleSeconds,
} from '../../core/telemetry/metrics/inventory.ts';
import { paymentAttempts, paymentWebhooks, unknownPaymentAge } from '../../core/telemetry/metrics/payment.ts';
import { queueJobs, queuePaused, queueWait } from '../../core/telemetry/metrics/pipeline.ts';
import {
  dbPoolWait,
  heapUsedShare,
  redisMemoryUsed,
  redisUp,
} from '../../core/telemetry/metrics/platform.ts';
import { eventLoopLag } from '../../core/telemetry/metrics/runtime.ts';
import {
  alertsNotHandedOver,
  notificationsFailed,
  roundsMissed,
  rulesFailed,
} from '../../core/telemetry/metrics/scrape.ts';
import { killSwitchActive, killSwitchCopyAge } from '../../core/telemetry/metrics/switches.ts';
import { selector } from '../../core/telemetry/promql.ts';
import {
  chargebackLimit,
  checkoutLatency,
  checkoutP99Limit,
  driftMemorySeconds,
  mismatchLimit,
  switchCopyLimitSeconds,
} from '../causes/business.ts';
import { monitoringMemorySeconds } from '../causes/monitoring.ts';
import { backlogLimit, queueWaitLimit, queueWaitLimitSeconds, takenLimit } from '../causes/pipeline.ts';
import {
  declineLimit,
  heardWebhooks,
  providerErrorLimit,
  unknownAgeLimitSeconds,
  webhookLimit,
} from '../causes/providers.ts';
import {
  eventLoopLimitSeconds,
  heapLimit,
  poolWaitLimit,
  poolWaitLimitSeconds,
  redisMemoryLimit,
} from '../causes/saturation.ts';
import { by, type Cases, event, gauge, share, unheard } from './cause-shapes.ts';
import type { ShareSeries } from './share-proof.ts';
import { over } from './story.ts';

const of = { provider: 'psp-primary', method: 'card' } as const;
const attempts = (outcome: (typeof paymentAttempts.labels.outcome)[number], extra: readonly string[] = []) =>
  selector(paymentAttempts, { ...of, outcome }, { extra });

/** What took longer than a limit is what the histogram counts and its bucket does not. */
const slower = (metric: Metric, labels: Readonly<Record<string, string>>, limit: number): ShareSeries[] => {
  const below = metric.buckets![metric.buckets!.indexOf(limit) - 1];
  const bucket = (edge: number | undefined) =>
    selector(metric, labels as never, { suffix: '_bucket', extra: [`le="${edge}"`] });
  return [
    { series: selector(metric, labels as never, { suffix: '_count' }), counts: 'all' },
    { series: bucket(limit), counts: 'good' },
    { series: bucket(below), counts: 'foreign' },
  ];
};

/** The same told by two processes, each of which saw half of it: neither knows enough by itself. */
const slowerAtTwo = (
  metric: Metric,
  labels: Readonly<Record<string, string>>,
  limit: number,
): ShareSeries[] =>
  ['one', 'other'].flatMap((instance) =>
    slower(metric, labels, limit).map((told) => ({
      ...told,
      share: 1 / 2,
      series: told.series.replace('}', `,${by(instance).join()}}`),
    })),
  );

const halves = (counts: ShareSeries['counts'], ...series: readonly string[]): ShareSeries[] =>
  series.map((one) => ({ series: one, counts, share: 1 / series.length }));

/** The answers that count, each with as large a part; the others count for nothing. */
const answers = () => {
  const { metric, total, thresholdSeconds } = checkoutLatency;
  const outcomes = total.outcome as readonly string[];
  const other = metric.labels.outcome!.find((outcome) => !outcomes.includes(outcome))!;
  return [
    ...outcomes.flatMap((outcome) =>
      slower(metric, { outcome }, thresholdSeconds).map((one) => ({ ...one, share: 1 / outcomes.length })),
    ),
    ...slower(metric, { outcome: other }, thresholdSeconds).map(({ series }) => ({
      series,
      counts: 'foreign' as const,
    })),
  ] satisfies ShareSeries[];
};

const queue = 'notifications';
const jobs = (state: 'waiting' | 'active', instance: string) =>
  selector(queueJobs, { queue, state }, { extra: by(instance) });

const toldBy = (metric: Metric, instance: string) =>
  event({
    series: selector(metric, {}, { extra: [...by(instance), 'part="one"'] }),
    windowSeconds: monitoringMemorySeconds,
    stepSeconds: 15,
    labels: { instance },
  });

export const slowCasesOf: Readonly<Record<string, Cases>> = {
  PaymentProviderErrors: share({
    limit: providerErrorLimit,
    labels: of,
    series: [
      ...halves('bad', attempts('unknown'), attempts('not_executed')),
      ...halves('good', attempts('approved'), attempts('declined'), attempts('action_required')),
    ],
  }),
  PaymentDeclineSpike: share({
    limit: declineLimit,
    labels: of,
    series: [
      ...halves('bad', attempts('declined', by('one')), attempts('declined', by('other'))),
      ...halves('good', attempts('approved'), attempts('unknown')),
    ],
  }),
  PaymentWebhooksSilent: unheard({
    windowSeconds: webhookLimit.windowSeconds,
    stepSeconds: 30,
    labels: { provider: of.provider },
    work: {
      series: (instance) => attempts('approved', by(instance)),
      kind: 'events',
      below: webhookLimit.minApproved * 0.93,
      enough: webhookLimit.minApproved * 1.09,
      holds: (value) => value > 0 && over(value, webhookLimit.minApproved),
    },
    heard: heardWebhooks.map((result) => selector(paymentWebhooks, { provider: of.provider, result })),
    foreign: [
      attempts('declined'),
      selector(paymentWebhooks, { provider: of.provider, result: 'bad_signature' }),
      selector(paymentWebhooks, { provider: 'psp-backup', result: 'applied' }),
    ],
  }),
  UnknownPaymentAgeing: gauge({
    series: (instance) => selector(unknownPaymentAge, {}, { extra: by(instance) }),
    calm: 0,
    below: unknownAgeLimitSeconds,
    above: unknownAgeLimitSeconds + 1,
  }),
  QueueBacklog: gauge({
    series: (instance) => jobs('waiting', instance),
    calm: 0,
    below: backlogLimit,
    above: backlogLimit + 1,
    labels: { queue },
    foreign: [jobs('active', 'other')],
  }),
  QueueSlow: share({
    limit: queueWaitLimit,
    labels: { queue },
    series: slowerAtTwo(queueWait, { queue }, queueWaitLimitSeconds),
  }),
  QueueStalled: unheard({
    windowSeconds: takenLimit.windowSeconds,
    stepSeconds: 15,
    labels: { queue },
    work: {
      series: (instance) => jobs('waiting', instance),
      kind: 'level',
      below: 0,
      enough: 1,
      holds: (value) => value > 0,
    },
    heard: [selector(queueWait, { queue }, { suffix: '_count' })],
    excused: (instance) => selector(queuePaused, { queue }, { extra: by(instance) }),
    foreign: [
      selector(queueJobs, { queue, state: 'active' }),
      selector(queuePaused, { queue: 'order-events' }),
    ],
  }),
  QueuePaused: gauge({
    series: (instance) => selector(queuePaused, { queue }, { extra: by(instance) }),
    calm: 0,
    below: 0,
    above: 1,
    labels: { queue },
  }),
  EventLoopLag: gauge({
    series: (instance) => selector(eventLoopLag, {}, { extra: ['job="checkout"', ...by(instance)] }),
    calm: 0.01,
    below: eventLoopLimitSeconds,
    above: eventLoopLimitSeconds * 1.01,
    labels: { job: 'checkout' },
  }),
  DatabasePoolWait: share({
    limit: poolWaitLimit,
    labels: { service: 'orders' },
    series: slowerAtTwo(dbPoolWait, { service: 'orders' }, poolWaitLimitSeconds),
  }),
  RedisAway: gauge({
    series: (instance) => selector(redisUp, {}, { extra: by(instance) }),
    calm: 1,
    below: 1,
    above: 0,
    lowest: true,
  }),
  RedisMemoryHigh: gauge({
    series: (instance) => selector(redisMemoryUsed, {}, { extra: by(instance) }),
    calm: 0,
    below: redisMemoryLimit,
    above: redisMemoryLimit * 1.01,
  }),
  HeapNearLimit: gauge({
    series: (instance) => selector(heapUsedShare, {}, { extra: ['job="workers"', ...by(instance)] }),
    calm: 0.2,
    below: heapLimit,
    above: heapLimit * 1.01,
    labels: { job: 'workers' },
  }),
  CheckoutP99AboveTarget: share({ limit: checkoutP99Limit, labels: {}, series: answers() }),
  ChargebackBudget: gauge({
    series: (instance) => selector(chargebackBudgetUsed, {}, { extra: by(instance) }),
    calm: 0,
    below: chargebackLimit * 0.99,
    above: chargebackLimit,
  }),
  ReconciliationMismatch: gauge({
    series: (instance) => selector(discrepancyRatio, {}, { extra: by(instance) }),
    calm: 0,
    below: mismatchLimit,
    above: mismatchLimit * 1.01,
  }),
  KillSwitchLeftOn: gauge({
    series: (instance) => selector(killSwitchActive, { dimension: 'provider' }, { extra: by(instance) }),
    calm: 0,
    below: 0,
    above: 1,
    labels: { dimension: 'provider' },
    // A look every ten minutes tells two hours from one and from four.
    stepSeconds: 600,
  }),
  SwitchCopyStale: gauge({
    series: (instance) => selector(killSwitchCopyAge, {}, { extra: ['job="checkout"', ...by(instance)] }),
    calm: 0,
    below: switchCopyLimitSeconds,
    above: switchCopyLimitSeconds * 1.01,
    labels: { job: 'checkout' },
  }),
  StockFeedStale: gauge({
    series: (instance) => selector(stockFeedAge, {}, { extra: by(instance) }),
    calm: 0,
    below: stockFeedStaleSeconds,
    above: stockFeedStaleSeconds + 1,
  }),
  RulesFailing: toldBy(rulesFailed, 'prometheus-1'),
  RulesLate: toldBy(roundsMissed, 'prometheus-1'),
  AlertsNotHandedOver: toldBy(alertsNotHandedOver, 'prometheus-1'),
  NotificationsFailing: toldBy(notificationsFailed, 'alertmanager-1'),
  StockDrift: event({
    series: selector(stockDriftRepaired, { column: 'reserved' }),
    windowSeconds: driftMemorySeconds,
    stepSeconds: 60,
    labels: { column: 'reserved' },
  }),
};
