// Payments: who answers, who is declined, what nobody knows, and what the money did afterwards.
import { burnThreshold, burnTiers } from '../alerts/burn-rate.ts';
import { chargebackLimit } from '../alerts/causes/business.ts';
import { paymentSubmissions } from '../core/telemetry/metrics/checkout.ts';
import { chargebackBudgetUsed, fraudReviewsOpen, fraudScreenings } from '../core/telemetry/metrics/fraud.ts';
import {
  paymentAttempts,
  paymentAuthorizationDuration,
  paymentTimeouts,
  providers,
} from '../core/telemetry/metrics/payment.ts';
import { type Matchers, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { Board, Panel } from './board.ts';
import { moves, waitsFor } from './reactive.ts';
import { badSharePanel, budgetOf, heatPanel, rateInterval, ratePanel, slo } from './red.ts';
import {
  attempts,
  authorisationLatency,
  breaker,
  oldestUnknown,
  operations,
  retries,
  unknownCount,
  webhooks,
} from './shared/payment.ts';

const extra = ['provider=~"$provider"'];
const attemptsOf = (matchers: Matchers<typeof paymentAttempts>, by: readonly string[]) =>
  sum(rate(selector(paymentAttempts, matchers, { extra }), rateInterval), by);
const shareOf = (matchers: Matchers<typeof paymentAttempts>) =>
  `${attemptsOf(matchers, ['provider'])} / (${attemptsOf({}, ['provider'])} > 0)`;
const answered = slo('payment-authorization');

const authorisationRate: Panel = {
  id: 101,
  title: 'Authorisation rate by provider',
  about: {
    means: 'Share of attempts that the issuer approved.',
    bad: 'a step down at one provider: it, or the issuers behind it, decline what they took before.',
    act: 'compare the providers; a kill switch moves buyers to the other one.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: shareOf({ outcome: 'approved' }), legend: '{{provider}}', reactive: moves }],
};

const declines: Panel = {
  id: 103,
  title: 'Declined share by provider',
  about: {
    means: 'Share of attempts that the issuer declined.',
    bad: 'a spike at one provider only; at both it may be an attack with stolen cards.',
    act: 'follow runbook PaymentDeclineSpike; compare with the fraud decisions below.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [
    {
      expr: shareOf({ outcome: 'declined' }),
      legend: '{{provider}}',
      reactive: waitsFor('an issuer declines'),
    },
  ],
};

const budget = budgetOf(answered);

const errorMap: Panel = {
  id: 201,
  title: 'Failures by provider and kind',
  about: {
    means: 'Share of a provider’s attempts that got no answer we could use.',
    bad: `yellow from ${budget * 100} % (the objective), red where the fast page begins.`,
    act: 'unknown: follow runbook UnknownPayments; not_executed: look at the breaker.',
  },
  kind: 'cells',
  unit: 'percentunit',
  queries: [
    { expr: shareOf({ outcome: 'unknown' }), legend: '{{provider}} unknown', reactive: moves },
    {
      expr: shareOf({ outcome: 'not_executed' }),
      legend: '{{provider}} not executed',
      reactive: waitsFor('a provider refuses before it charges'),
    },
  ],
  bands: [
    { from: budget, color: 'yellow' },
    { from: burnThreshold(burnTiers[1].factor, answered.objective), color: 'orange' },
    { from: burnThreshold(burnTiers[0].factor, answered.objective), color: 'red' },
  ],
};

const timeoutsByOperation = ratePanel(
  202,
  'Timeouts by operation',
  {
    means: 'Calls that got no answer within their deadline.',
    bad: 'any lasting level; for void, capture and refund money is in doubt.',
    act: 'follow runbook PaymentProviderTimeouts.',
  },
  selector(paymentTimeouts, {}, { extra }),
  ['provider', 'operation'],
);

const heat = heatPanel(
  301,
  'Authorisation latency, every bucket',
  {
    means: 'How many authorisations took how long; the dots lead to traces.',
    bad: 'a second band above the first: some calls wait for something.',
    act: 'open a dot of the upper band.',
  },
  paymentAuthorizationDuration,
  {},
  extra,
);

const secondTries = ratePanel(
  501,
  'Second payments by answer',
  {
    means: 'Payments of orders that waited for one, by what the shopper was told.',
    bad: 'error, overloaded or payment_unavailable: those are ours.',
    act: 'read as the submissions; follow runbook CheckoutAvailabilityBurn.',
  },
  selector(paymentSubmissions),
  ['outcome'],
  waitsFor('a shopper pays an order in a second step'),
);

const screenings = ratePanel(
  502,
  'Fraud screenings',
  {
    means: 'Decisions, and who made them; policy means that the provider was away.',
    bad: 'reject or review that jump, or policy that lasts.',
    act: 'look at the open reviews; headroom switch can stop one way to pay.',
  },
  selector(fraudScreenings),
  ['decision', 'source'],
);

const gauge = (id: number, title: string, about: Panel['about'], expr: string, event: string): Panel => ({
  ...{ id, title, about, kind: 'lines', unit: 'short' },
  queries: [{ expr, legend: 'now', reactive: waitsFor(event) }],
});

const reviews = gauge(
  503,
  'Orders under review',
  {
    means: 'Orders that wait for a person to look at them; they are not shipped.',
    bad: 'growing through the day: buyers wait.',
    act: 'work the list of GET /internal/v1/fraud/reviews.',
  },
  `max(${selector(fraudReviewsOpen)})`,
  'an order is sent to review',
);

export const chargebackBudget = (id: number): Panel => ({
  ...gauge(
    id,
    'Chargeback budget used',
    {
      means: 'This month’s chargebacks as a share of the month’s budget, of the currency that used most.',
      bad: `above the dashed line (${chargebackLimit * 100} %) before the month ends: card schemes fine, then refuse.`,
      act: 'follow runbook ChargebackBudget.',
    },
    `max(${selector(chargebackBudgetUsed)})`,
    'a buyer disputes a payment',
  ),
  unit: 'percentunit',
  limit: { value: chargebackLimit, badWhen: 'above' },
});

export const payments: Board = {
  name: 'payments',
  title: 'Payments',
  description: 'Who answers, who is declined, what nobody knows, and what the money did afterwards.',
  choices: [{ label: 'provider', title: 'Provider', values: providers }],
  rows: [
    {
      id: 100,
      title: 'Authorisations',
      panels: [
        authorisationRate,
        attempts(102, extra),
        declines,
        badSharePanel(104, answered, 'follow runbook PaymentAuthorizationBurn.'),
      ],
    },
    {
      id: 200,
      title: 'What goes wrong',
      panels: [errorMap, timeoutsByOperation, retries(203, extra), breaker(204, extra)],
    },
    {
      id: 300,
      title: 'Time',
      panels: [heat, authorisationLatency(302, 'primary'), authorisationLatency(303, 'backup')],
    },
    {
      id: 400,
      title: 'Money that is not settled yet',
      panels: [unknownCount(401), oldestUnknown(402), operations(403, extra), webhooks(404, extra)],
    },
    {
      id: 500,
      title: 'Second tries, fraud and disputes',
      panels: [secondTries, screenings, reviews, chargebackBudget(504)],
    },
  ],
};
