// Authorisations and what is not known of them, as several dashboards show them.
import { unknownPaymentLimit } from '../../alerts/causes.ts';
import {
  paymentAttempts,
  paymentBreakerOpen,
  paymentOperations,
  paymentRetries,
  paymentTimeouts,
  paymentWebhooks,
  unknownPaymentAge,
  unknownPayments,
} from '../../core/telemetry/metrics/payment.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { moves, waitsFor } from '../reactive.ts';
import { latencyPanel, ratePanel, slo } from '../red.ts';

/** Extra matchers of a dashboard that lets its reader choose a provider. */
type Extra = readonly string[];

export const attempts = (id: number, extra: Extra = []): Panel => ({
  ...ratePanel(
    id,
    'Attempts by provider and outcome',
    {
      means: 'Authorisations. declined is the issuer, not us; action_required waits for the buyer.',
      bad: 'unknown (sent, never answered, may be charged) or not_executed (proven not charged).',
      act: 'follow runbook PaymentAuthorizationBurn.',
    },
    selector(paymentAttempts, {}, { extra }),
    ['provider', 'outcome'],
  ),
  leadsTo: 'payments',
});

export const timeouts = (id: number): Panel =>
  ratePanel(
    id,
    'Timeouts',
    {
      means: 'Authorisations without an answer within their deadline.',
      bad: 'any lasting level: the provider is in trouble and shoppers wait for nothing.',
      act: 'follow runbook PaymentProviderTimeouts.',
    },
    selector(paymentTimeouts, { operation: 'authorize' }),
    ['provider'],
  );

export const breaker = (id: number, extra: Extra = []): Panel => ({
  id,
  title: 'Breaker open',
  about: {
    means: '1 while a breaker is open or half-open in any process.',
    bad: 'both at 1: nobody can pay.',
    act: 'follow runbook PaymentBreakerOpen.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max by (provider) (${selector(paymentBreakerOpen, {}, { extra })})`,
      legend: '{{provider}}',
      reactive: moves,
    },
  ],
  limit: { value: 1, badWhen: 'above' },
});

export const retries = (id: number, extra: Extra = []): Panel =>
  ratePanel(
    id,
    'Retries with the same key',
    {
      means: 'Provider calls repeated within the retry budget.',
      bad: 'near the rate of attempts: the provider refuses most calls, and the budget is used up.',
      act: 'look at the timeouts and the breaker of that provider.',
    },
    selector(paymentRetries, {}, { extra }),
    ['provider'],
    waitsFor('a provider refuses a call that may be repeated'),
  );

export const unknownCount = (id: number): Panel => ({
  id,
  title: 'Unknown payments',
  about: {
    means: 'Attempts whose outcome nobody knows yet, counted from PostgreSQL.',
    bad: 'above the dashed line, or not back at 0 after an incident.',
    act: 'follow runbook UnknownPayments.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: `max(${selector(unknownPayments)})`, legend: 'unknown', reactive: moves }],
  limit: { value: unknownPaymentLimit, badWhen: 'above' },
  leadsTo: 'reconciliation',
});

export const oldestUnknown = (id: number): Panel => ({
  id,
  title: 'Oldest unknown payment',
  about: {
    means: 'Age of the oldest attempt of unknown outcome.',
    bad: 'above 15 minutes: an invariant is broken.',
    act: 'follow runbook UnknownPaymentOverdue.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: `max(${selector(unknownPaymentAge)})`, legend: 'age', reactive: moves }],
  limit: { value: 900, badWhen: 'above' },
});

export const operations = (id: number, extra: Extra = []): Panel =>
  ratePanel(
    id,
    'Captures and refunds by outcome',
    {
      means: 'Money operations asked of a provider; not_executed is proven not to have moved money.',
      bad: 'unknown that stays, or refused: money is owed one way or the other.',
      act: 'follow runbook DiscrepancyOverdue.',
    },
    selector(paymentOperations, {}, { extra }),
    ['operation', 'outcome'],
    waitsFor('an order is captured or refunded'),
  );

export const webhooks = (id: number, extra: Extra = []): Panel =>
  ratePanel(
    id,
    'Webhooks by what came of them',
    {
      means: 'What providers told us; known was handled or heard before.',
      bad: 'failed or unreadable (the provider tries again), bad_signature (somebody else, or a changed secret).',
      act: 'look at the log of orders for the event id; for silence follow runbook PaymentWebhooksSilent.',
    },
    selector(paymentWebhooks, {}, { extra }),
    ['provider', 'result'],
    waitsFor('a provider tells something by webhook'),
  );

export const authorisationLatency = (id: number, provider: 'primary' | 'backup'): Panel =>
  latencyPanel(
    id,
    `Authorisation latency, psp-${provider}`,
    slo(`payment-latency-${provider}`),
    provider === 'primary'
      ? 'flat at the timeout means no answers at all: follow runbook PaymentProviderTimeouts.'
      : 'has traffic only while psp-primary is failed over; follow runbook PaymentLatencyBackupBurn.',
  );
