// Rows up to the submission: the verdict, then the steps a shopper takes. Panel ids are stable: hundreds by row, never reused.
import { burnTiers, burnThreshold } from '../alerts/burn-rate.ts';
import { ofSlo, recorded } from '../alerts/sli.ts';
import { steps } from '../core/checkout/steps.ts';
import { checkoutStepDuration, checkoutSubmissions } from '../core/telemetry/metrics/checkout.ts';
import {
  atpRoutes,
  cartRoutes,
  httpServerRequestDuration,
  quoteRoutes,
} from '../core/telemetry/metrics/http.ts';
import { increase, quantile, selector, sum } from '../core/telemetry/promql.ts';
import type { Row } from './panels.ts';
import { badSharePanel, latencyPanel, rateInterval, ratePanel, slo } from './red.ts';

const meanings = steps.map((step) => `${step.name}: ${step.meaning}`).join('; ');
const moves = { kind: 'moves' } as const;
const availability = slo('checkout-availability');
const pageFast = burnTiers[0];

const answered = { suffix: '_count' } as const;
const reads = selector(httpServerRequestDuration, { service: 'orders', http_route: atpRoutes }, answered);
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

const verdict: Row = {
  id: 100,
  title: 'Verdict',
  panels: [
    {
      id: 101,
      title: 'Orders placed',
      description:
        'Orders placed in the range shown. Zero while carts are being filled means that nobody can buy: read the row Submission.',
      kind: 'figure',
      unit: 'short',
      queries: [
        {
          expr: sum(increase(selector(checkoutSubmissions, { outcome: 'placed' }), '$__range')),
          legend: 'placed',
          // The rate's extrapolation at both ends of the range costs a little.
          reactive: { kind: 'matches-ledger', figure: 'orders-placed', tolerance: 0.05 },
        },
      ],
    },
    {
      id: 102,
      title: 'Checkout budget left',
      description:
        'Part of the 30-day error budget of checkout availability that is left, weighted by events. Red below a quarter: stop risky deploys.',
      kind: 'figure',
      unit: 'percentunit',
      queries: [{ expr: ofSlo(recorded.budgetRemaining, availability), legend: 'left' }],
      limit: { value: 0.25, badWhen: 'below' },
    },
    {
      id: 103,
      title: 'Checkout burn, 1h and 5m',
      description:
        'Share of submissions failed by us over both windows of the fast page. Above the dashed line in both, somebody is paged.',
      kind: 'lines',
      unit: 'percentunit',
      queries: (['1h', '5m'] as const).map((window) => ({
        expr: ofSlo(recorded.errorRatio(window), availability),
        legend: window,
        reactive: moves,
      })),
      limit: { value: burnThreshold(pageFast.factor, availability.objective), badWhen: 'above' },
    },
    {
      id: 104,
      title: 'Alerts firing',
      description:
        'Every firing alert but the dead-man’s switch. Each has a runbook: follow the link in the notification.',
      kind: 'lines',
      unit: 'short',
      queries: [
        {
          expr: 'sum by (alertname) (ALERTS{alertstate="firing",alertname!="Watchdog"})',
          legend: '{{alertname}}',
        },
      ],
    },
  ],
};

const inventory: Row = {
  id: 200,
  title: 'Inventory reads',
  panels: [
    ratePanel(
      201,
      'ATP reads',
      'Availability reads by answer. 5xx: product pages show no stock; look at orders.',
      reads,
      'status_class',
    ),
    badSharePanel(202, slo('inventory-read'), 'Reads that came late.'),
    latencyPanel(
      203,
      'ATP read latency',
      'Above the dashed line product pages wait; look at locks on hot items.',
      slo('inventory-read'),
    ),
  ],
};

const cart: Row = {
  id: 300,
  title: 'Cart',
  panels: [
    ratePanel(
      301,
      'Cart calls',
      'Cart calls by answer. 5xx is ours; 4xx that grow with a deploy are ours too.',
      cartCalls,
      'status_class',
    ),
    badSharePanel(302, slo('cart'), 'Cart calls that came late.'),
    latencyPanel(
      303,
      'Cart latency',
      'Above the dashed line every click is felt; compare with the connection wait below.',
      slo('cart'),
    ),
  ],
};

const quote: Row = {
  id: 400,
  title: 'Quote',
  panels: [
    ratePanel(
      401,
      'Quotes',
      'Quotes by answer. 5xx: tax or rates cannot be had, and nobody can order.',
      quotes,
      'status_class',
    ),
    badSharePanel(402, slo('quote'), 'Quotes that came late.'),
    latencyPanel(
      403,
      'Quote latency',
      'Above the dashed line: see the steps tax and rates in the next row.',
      slo('quote'),
    ),
  ],
};

const submission: Row = {
  id: 500,
  title: 'Submission',
  panels: [
    ratePanel(
      501,
      'Submissions by what the shopper was told',
      'overloaded, payment_unavailable and error are our failures; declined, sold_out and invalid are not.',
      selector(checkoutSubmissions),
      'outcome',
    ),
    badSharePanel(502, availability, 'Submissions failed by us.'),
    latencyPanel(
      503,
      'Submission latency',
      'Above the dashed line shoppers press again or leave; the panel to the right says which step.',
      slo('checkout-latency'),
    ),
    {
      id: 504,
      title: 'Step latency, p95',
      description: `The 95th percentile of each step; the one that rises with the submission is the cause. ${meanings}.`,
      kind: 'lines',
      unit: 's',
      queries: [
        { expr: quantile(0.95, checkoutStepDuration, rateInterval, {}, ['step']), legend: '{{step}}' },
      ],
    },
  ],
};

export const shopperRows: readonly Row[] = [verdict, inventory, cart, quote, submission];
