// Payments: who answers, who is declined, what nobody knows, and what the money did afterwards.
import { burnThreshold, burnTiers } from '../alerts/burn-rate.ts';
import { chargebackLimit } from '../alerts/causes/business.ts';
import { paymentMethods } from '../core/payment/methods.ts';
import { paymentSubmissions } from '../core/telemetry/metrics/checkout.ts';
import { chargebackBudgetUsed, fraudReviewsOpen, fraudScreenings } from '../core/telemetry/metrics/fraud.ts';
import {
  paymentAttempts,
  paymentAuthorizationDuration,
  paymentDeclines,
  paymentTimeouts,
  providers,
} from '../core/telemetry/metrics/payment.ts';
import { type Matchers, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { Board, Panel } from './board.ts';
import type { AwaitedEvent } from './events.ts';
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
import { declinedByRegion, regionChoice } from './shared/submissions.ts';

const extra = ['provider=~"$provider"'];
const ofAttempts = [...extra, 'method=~"$method"'];
const way = ['provider', 'method'];
const attemptsOf = (matchers: Matchers<typeof paymentAttempts>) =>
  sum(rate(selector(paymentAttempts, matchers, { extra: ofAttempts }), rateInterval), way);
/** Of each way to pay: the sum over methods hides the one that fails. */
const shareOf = (matchers: Matchers<typeof paymentAttempts>) =>
  `${attemptsOf(matchers)} / (${attemptsOf({})} > 0)`;
const answered = slo('payment-authorization');

const authorisationRate: Panel = {
  id: 101,
  title: 'Authorisation rate by provider and method',
  about: {
    means: 'Share of attempts that the issuer approved.',
    bad: 'a step down at one provider, or of one method: it, or the issuers behind it, decline what they took before.',
    act: 'compare the providers; a kill switch moves buyers to the other one, or to another method.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: shareOf({ outcome: 'approved' }), legend: '{{provider}} {{method}}', reactive: moves }],
};

const declines: Panel = {
  id: 103,
  title: 'Declined share by provider and method',
  about: {
    means: 'Share of attempts that the issuer declined.',
    bad: 'a spike at one provider or method only; at all it may be an attack with stolen cards.',
    act: 'follow runbook PaymentDeclineSpike; the reasons are beside it, the fraud decisions below.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [
    {
      expr: shareOf({ outcome: 'declined' }),
      legend: '{{provider}} {{method}}',
      reactive: waitsFor('an issuer declines'),
    },
  ],
};

const declineReason = ratePanel(
  151,
  'Declines by reason',
  {
    means: 'Declined attempts by what the provider gave as the reason; a code we do not know is other.',
    bad: 'refused_by_provider or wrong_token: our request or our configuration. lost_or_stolen that jumps: an attack.',
    act: 'for ours look at the last deploy and at the provider’s notices; for an attack follow runbook PaymentDeclineSpike.',
  },
  selector(paymentDeclines, {}, { extra }),
  ['provider', 'reason'],
  waitsFor('an issuer declines'),
);

const budget = budgetOf(answered);

const errorMap: Panel = {
  id: 201,
  title: 'Failures by provider, method and kind',
  about: {
    means: 'Share of the attempts of a way to pay that got no answer we could use; a gap had no attempts.',
    bad: `yellow from ${budget * 100} % (the objective), red where the fast page begins.`,
    act: 'unknown: follow runbook UnknownPayments; not_executed: look at the breaker.',
  },
  kind: 'cells',
  unit: 'percentunit',
  queries: [
    { expr: shareOf({ outcome: 'unknown' }), legend: '{{provider}} {{method}} unknown', reactive: moves },
    {
      expr: shareOf({ outcome: 'not_executed' }),
      legend: '{{provider}} {{method}} not executed',
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

const gauge = (
  id: number,
  title: string,
  about: Panel['about'],
  expr: string,
  event: AwaitedEvent,
): Panel => ({
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
  choices: [
    { label: 'provider', title: 'Provider', values: providers },
    { label: 'method', title: 'Method', values: paymentMethods },
    regionChoice,
  ],
  rows: [
    {
      id: 100,
      title: 'Authorisations',
      panels: [
        authorisationRate,
        attempts(102, ofAttempts),
        badSharePanel(104, answered, 'follow runbook PaymentAuthorizationBurn.'),
      ],
    },
    { id: 150, title: 'Declines', panels: [declines, declineReason, declinedByRegion(152)] },
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
