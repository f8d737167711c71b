// Providers: errors and declines by provider and method, silence where webhooks should come, payments nobody knows of.
import { paymentAttempts, paymentWebhooks, unknownPaymentAge } from '../../core/telemetry/metrics/payment.ts';
import { increase, selector, sum } from '../../core/telemetry/promql.ts';
import { labelOfAlert } from '../links.ts';
import { percent } from '../burn-rate.ts';
import { type CauseAlert, saidOf, type ShareLimit, tooMany, unheard, windowOf } from './cause.ts';

const ofProvider = { provider: labelOfAlert('provider') };
const ofWay = { ...ofProvider, method: labelOfAlert('method') };
const byMethod = ['provider', 'method'];

/** A fifth of one method's attempts: its budget would be gone in a day and a half, and the sum over methods hides it. */
export const providerErrorLimit: ShareLimit = { windowSeconds: 300, minBad: 10, minShare: 0.2 };

/**
 * Issuers turn down a tenth to a fifth of what is paid without the card at hand, a replayed peak 3 %: at twice that a
 * provider's rule, our own request, or somebody trying stolen cards is the reason.
 */
export const declineLimit: ShareLimit = { windowSeconds: 600, minBad: 30, minShare: 0.3 };

/** A provider tells within seconds; five minutes of payments without a word is no delay. */
export const webhookLimit = { windowSeconds: 300, minApproved: 20 } as const;

/** Reconciliation gives a provider 15 s and then voids: twenty times that, and a third of what pages. */
export const unknownAgeLimitSeconds = 300;

const attempts = (limit: ShareLimit, outcome?: 'declined' | readonly ['unknown', 'not_executed']) =>
  sum(
    increase(selector(paymentAttempts, outcome === undefined ? {} : { outcome }), windowOf(limit)),
    byMethod,
  );

const approved = sum(increase(selector(paymentAttempts, { outcome: 'approved' }), windowOf(webhookLimit)), [
  'provider',
]);

/** A webhook that cannot be read, or is signed with another secret, has told us nothing. */
export const heardWebhooks = ['applied', 'known', 'illegal', 'unknown_reference', 'ignored'] as const;

export const providerCauses: readonly CauseAlert[] = [
  {
    name: 'PaymentProviderErrors',
    expr: tooMany(
      attempts(providerErrorLimit, ['unknown', 'not_executed']),
      attempts(providerErrorLimit),
      providerErrorLimit,
    ),
    forSeconds: 0,
    rateWindowSeconds: providerErrorLimit.windowSeconds,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'payments',
    variables: ofWay,
    slow: true,
    summary: 'One way to pay fails at one provider.',
    description: `{{ $value | humanize }} attempts to pay by {{ $labels.method }} at {{ $labels.provider }} got no decision in ${saidOf(providerErrorLimit.windowSeconds)}, more than ${percent(providerErrorLimit.minShare)} of them.`,
  },
  {
    name: 'PaymentDeclineSpike',
    expr: tooMany(attempts(declineLimit, 'declined'), attempts(declineLimit), declineLimit),
    forSeconds: 0,
    rateWindowSeconds: declineLimit.windowSeconds,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'payments',
    variables: ofWay,
    slow: true,
    summary: 'A provider declines far more than issuers do.',
    description:
      `{{ $value | humanize }} payments by {{ $labels.method }} at {{ $labels.provider }} were declined in ${saidOf(declineLimit.windowSeconds)}, more than ${percent(declineLimit.minShare)} of them. ` +
      'Nothing is broken in the sense of an error, and those shoppers leave all the same.',
  },
  {
    name: 'PaymentWebhooksSilent',
    expr: unheard(
      `${approved} >= ${webhookLimit.minApproved}`,
      sum(increase(selector(paymentWebhooks, { result: heardWebhooks }), windowOf(webhookLimit)), [
        'provider',
      ]),
      'provider',
    ),
    forSeconds: 300,
    rateWindowSeconds: webhookLimit.windowSeconds,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'payments',
    variables: ofProvider,
    slow: true,
    summary: 'A provider takes payments and tells nothing of them.',
    description:
      `{{ $labels.provider }} approved {{ $value | humanize }} payments in ${saidOf(webhookLimit.windowSeconds)} and not one usable webhook came. ` +
      'What it does later, refunds and disputes among it, is known only from its files.',
  },
  {
    name: 'UnknownPaymentAgeing',
    expr: `max(${selector(unknownPaymentAge)}) > ${unknownAgeLimitSeconds}`,
    forSeconds: 30,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'payments',
    slow: true,
    summary: 'A payment has been unknown for longer than asking the provider takes.',
    description:
      'Nobody has known for {{ $value | humanizeDuration }} whether one payment was taken; at 15 min it pages.',
  },
];
