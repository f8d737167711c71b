// Rows from the payment on: where money, stock and mails are. Panel ids are stable: hundreds by row, never reused.
import { invariantViolations, reconciliationLastSuccess } from '../core/telemetry/metrics/invariants.ts';
import { reservations } from '../core/telemetry/metrics/inventory.ts';
import { orderTransitions } from '../core/telemetry/metrics/orders.ts';
import {
  paymentAttempts,
  paymentBreakerOpen,
  paymentTimeouts,
  unknownPaymentAge,
  unknownPayments,
} from '../core/telemetry/metrics/payment.ts';
import { outboxOldestAge, outboxPending, queueJobs } from '../core/telemetry/metrics/pipeline.ts';
import { dbPoolWait } from '../core/telemetry/metrics/platform.ts';
import { quantile, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { Row } from './panels.ts';
import { latencyPanel, rateInterval, ratePanel, slo } from './red.ts';

const moves = { kind: 'moves' } as const;

const payment: Row = {
  id: 600,
  title: 'Payment',
  panels: [
    {
      id: 601,
      title: 'Attempts by provider and outcome',
      description:
        'unknown: sent and never answered, may be charged. not_executed: proven not charged. declined is the issuer, not us.',
      kind: 'lines',
      unit: 'reqps',
      queries: [
        {
          expr: sum(rate(selector(paymentAttempts), rateInterval), ['provider', 'outcome']),
          legend: '{{provider}} {{outcome}}',
          reactive: moves,
        },
      ],
    },
    {
      id: 602,
      title: 'Timeouts',
      description:
        'Authorisations without an answer. Any lasting level is a provider in trouble: runbook PaymentProviderTimeouts.',
      kind: 'lines',
      unit: 'reqps',
      queries: [
        {
          expr: sum(rate(selector(paymentTimeouts, { operation: 'authorize' }), rateInterval), ['provider']),
          legend: '{{provider}}',
          reactive: moves,
        },
      ],
    },
    {
      id: 603,
      title: 'Breaker open',
      description: '1 while a breaker is open or half-open in any process. Both at 1: nobody can pay.',
      kind: 'lines',
      unit: 'short',
      queries: [
        {
          expr: `max by (provider) (${selector(paymentBreakerOpen)})`,
          legend: '{{provider}}',
          reactive: moves,
        },
      ],
      limit: { value: 1, badWhen: 'above' },
    },
    {
      id: 604,
      title: 'Unknown payments',
      description:
        'Attempts whose outcome nobody knows yet. Must come back to 0 after every incident: runbook UnknownPayments.',
      kind: 'lines',
      unit: 'short',
      queries: [{ expr: `max(${selector(unknownPayments)})`, legend: 'unknown', reactive: moves }],
    },
  ],
};

const paymentTime: Row = {
  id: 700,
  title: 'Payment, time',
  panels: [
    latencyPanel(
      701,
      'Authorisation latency, psp-primary',
      'Flat at the timeout means no answers at all.',
      slo('payment-latency-primary'),
    ),
    latencyPanel(
      702,
      'Authorisation latency, psp-backup',
      'Has traffic only while psp-primary is failed over.',
      slo('payment-latency-backup'),
    ),
    {
      id: 703,
      title: 'Oldest unknown payment',
      description:
        'Age of the oldest unknown attempt. Above 15 minutes it is an invariant broken: runbook UnknownPaymentOverdue.',
      kind: 'lines',
      unit: 's',
      queries: [{ expr: `max(${selector(unknownPaymentAge)})`, legend: 'age', reactive: moves }],
      limit: { value: 900, badWhen: 'above' },
    },
  ],
};

const orders: Row = {
  id: 800,
  title: 'Orders',
  panels: [
    ratePanel(
      801,
      'Order transitions by state entered',
      'pending_payment without authorized behind it: payments do not come back.',
      selector(orderTransitions),
      'to',
    ),
    ratePanel(
      802,
      'Reservations by result',
      'sold_out that grows alone is success; voided and expired that grow are payments that failed.',
      selector(reservations),
      'result',
    ),
    latencyPanel(
      803,
      'Approved to stored',
      'From approval at the provider to the order stored. Above the dashed line money is ahead of our books.',
      slo('order-creation'),
    ),
  ],
};

const after: Row = {
  id: 900,
  title: 'After the answer',
  panels: [
    {
      id: 901,
      title: 'Outbox: pending events',
      description:
        'Events not yet published. A saw-tooth is healthy; a ramp is a relay that stands: runbook OutboxStalled.',
      kind: 'lines',
      unit: 'short',
      queries: [{ expr: `max(${selector(outboxPending)})`, legend: 'pending' }],
    },
    {
      id: 902,
      title: 'Outbox: oldest event',
      description: 'Age of the oldest unpublished event. Above 30 s the alert OutboxStalled speaks.',
      kind: 'lines',
      unit: 's',
      queries: [{ expr: `max(${selector(outboxOldestAge)})`, legend: 'age' }],
      limit: { value: 30, badWhen: 'above' },
    },
    {
      id: 903,
      title: 'Queue jobs by state',
      description:
        'waiting that grows: too few workers. delayed that grows: what they call refuses. failed: runbook DeadLetterPresent.',
      kind: 'lines',
      unit: 'short',
      queries: [{ expr: `max by (queue, state) (${selector(queueJobs)})`, legend: '{{queue}} {{state}}' }],
    },
    latencyPanel(
      904,
      'Event handled',
      'From an event committed to its last consumer done.',
      slo('pipeline-freshness'),
    ),
  ],
};

const last: Row = {
  id: 1000,
  title: 'Confirmation and invariants',
  panels: [
    latencyPanel(
      905,
      'Confirmation sent',
      'From the order authorised to its mail accepted by SMTP.',
      slo('notification'),
    ),
    {
      id: 1001,
      title: 'Invariants broken',
      description:
        'Rows that break an invariant now, by SQL. Anything but 0 is an incident, whatever else is green.',
      kind: 'lines',
      unit: 'short',
      queries: [{ expr: `max by (invariant) (${selector(invariantViolations)})`, legend: '{{invariant}}' }],
      limit: { value: 1, badWhen: 'above' },
    },
    {
      id: 1002,
      title: 'Age of the last reconciliation',
      description:
        'The panel to the left is only as fresh as this. Above 60 s it cannot be trusted: runbook ReconciliationStale.',
      kind: 'lines',
      unit: 's',
      queries: [
        { expr: `time() - max(${selector(reconciliationLastSuccess)})`, legend: 'age', reactive: moves },
      ],
      limit: { value: 60, badWhen: 'above' },
    },
    {
      id: 1003,
      title: 'Wait for a database connection, p95',
      description:
        'Time to get a PostgreSQL connection, by service. Rises before latency does: the pool or the database is full.',
      kind: 'lines',
      unit: 's',
      queries: [{ expr: quantile(0.95, dbPoolWait, rateInterval, {}, ['service']), legend: '{{service}}' }],
    },
  ],
};

export const orderRows: readonly Row[] = [payment, paymentTime, orders, after, last];
