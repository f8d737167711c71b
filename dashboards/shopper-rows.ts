// Rows up to the submission: the verdict, then the steps a shopper takes. Panel ids are stable: hundreds by row, never reused.
import { ofSlo, recorded } from '../alerts/sli.ts';
import { steps } from '../core/checkout/steps.ts';
import { checkoutStepDuration } from '../core/telemetry/metrics/checkout.ts';
import { cartRoutes, httpServerRequestDuration, quoteRoutes } from '../core/telemetry/metrics/http.ts';
import { quantile, selector } from '../core/telemetry/promql.ts';
import type { Panel, Row } from './board.ts';
import { badSharePanel, latencyPanel, rateInterval, ratePanel, slo } from './red.ts';
import { fastBurn, scarceBudget } from './shared/budget.ts';
import { atpPanels } from './shared/stock.ts';
import {
  declinedByRegion,
  failedByRegion,
  ordersPlaced,
  placedByRegion,
  submissionBadShare,
  submissionLatency,
  submissions,
} from './shared/submissions.ts';
import { firing } from './shared/truth.ts';

const availability = slo('checkout-availability');

const answered = { suffix: '_count' } as const;
const cartCalls = selector(
  httpServerRequestDuration,
  { service: 'checkout', http_route: cartRoutes },
  answered,
);
const quotes = selector(
  httpServerRequestDuration,
  { service: 'checkout', http_route: quoteRoutes },
  answered,
);

const budgetLeft: Panel = {
  id: 102,
  title: 'Checkout budget left',
  about: {
    means: 'Part of the 30-day error budget of checkout availability that is left, weighted by events.',
    bad: 'below a quarter.',
    act: 'stop risky deploys; follow runbook CheckoutAvailabilityBurn.',
  },
  kind: 'figure',
  unit: 'percentunit',
  queries: [{ expr: ofSlo(recorded.budgetRemaining, availability), legend: 'left' }],
  limit: scarceBudget,
  leadsTo: 'slo',
};

const alertsOverTime: Panel = {
  id: 104,
  title: 'Alerts firing',
  about: {
    means: 'Every firing alert but the dead-man’s switch.',
    bad: 'any line.',
    act: 'each has a runbook: follow the link in the notification.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: `sum by (alertname) (${firing})`, legend: '{{alertname}}' }],
};

const cart: readonly Panel[] = [
  ratePanel(
    301,
    'Cart calls',
    {
      means: 'Cart calls by answer.',
      bad: '5xx is ours; 4xx that grow with a deploy are ours too.',
      act: 'follow runbook CartBurn.',
    },
    cartCalls,
    ['status_class'],
  ),
  badSharePanel(302, slo('cart'), 'cart calls came late: follow runbook CartBurn.'),
  latencyPanel(
    303,
    'Cart latency',
    slo('cart'),
    'every click is felt: compare with the wait for a connection.',
  ),
];

const quote: readonly Panel[] = [
  ratePanel(
    401,
    'Quotes',
    {
      means: 'Quotes for a cart, by answer.',
      bad: '5xx: tax or rates cannot be had, and nobody can order.',
      act: 'follow runbook QuoteBurn.',
    },
    quotes,
    ['status_class'],
  ),
  badSharePanel(402, slo('quote'), 'quotes came late: follow runbook QuoteBurn.'),
  latencyPanel(403, 'Quote latency', slo('quote'), 'see the steps tax and rates of the submission.'),
];

const meanings = steps.map((step) => `${step.name}: ${step.meaning}`).join('; ');

const stepLatency: Panel = {
  id: 504,
  title: 'Step latency, p95',
  about: {
    means: `The 95th percentile of each step. ${meanings}.`,
    bad: 'a step that rises with the submission: it is the cause.',
    act: 'look at what that step calls.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: quantile(0.95, checkoutStepDuration, rateInterval, {}, ['step']), legend: '{{step}}' }],
};

export const shopperRows: readonly Row[] = [
  { id: 100, title: 'Verdict', panels: [ordersPlaced(101), budgetLeft, fastBurn(103), alertsOverTime] },
  { id: 200, title: 'Inventory reads', panels: atpPanels(201) },
  { id: 300, title: 'Cart', panels: cart },
  { id: 400, title: 'Quote', panels: quote },
  {
    id: 500,
    title: 'Submission',
    panels: [submissions(501), submissionBadShare(502), submissionLatency(503), stepLatency],
  },
  {
    id: 550,
    title: 'Submission, by region',
    panels: [placedByRegion(551), failedByRegion(552), declinedByRegion(553)],
  },
];
