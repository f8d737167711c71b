// Submissions and what was done to keep them alive, as several dashboards show them.
import { checkoutSubmissions, submissionFailures } from '../../core/telemetry/metrics/checkout.ts';
import { checkoutDegraded, requestsRefused } from '../../core/telemetry/metrics/limits.ts';
import { regions } from '../../core/telemetry/metrics/region.ts';
import { increase, type Matchers, rate, selector, sum } from '../../core/telemetry/promql.ts';
import type { Choice, Panel } from '../board.ts';
import { waitsFor } from '../reactive.ts';
import { badSharePanel, budgetOf, latencyPanel, rateInterval, ratePanel, slo } from '../red.ts';

/** What the objectives count is the whole shop; what a shopper was told may be looked at by where the cart is from. */
export const regionChoice: Choice = { label: 'region', title: 'Region of submissions', values: regions };
const here = ['region=~"$region"'];
const submitted = (matchers: Matchers<typeof checkoutSubmissions> = {}) =>
  selector(checkoutSubmissions, matchers, { extra: here });

export const placedSeries = submitted({ outcome: 'placed' });

export const ordersPlaced = (id: number): Panel => ({
  id,
  title: 'Orders placed',
  about: {
    means: 'Orders placed in the range shown.',
    bad: 'zero while carts are being filled: nobody can buy.',
    act: 'look at the submissions by what the shopper was told.',
  },
  kind: 'figure',
  unit: 'short',
  queries: [
    {
      expr: sum(increase(placedSeries, '$__range')),
      legend: 'placed',
      // The rate's extrapolation at both ends of the range costs a little.
      reactive: { kind: 'matches-ledger', figure: 'orders-placed', tolerance: 0.05 },
    },
  ],
});

export const submissionLatency = (id: number): Panel =>
  latencyPanel(
    id,
    'Submission latency',
    slo('checkout-latency'),
    'shoppers press again or leave: the latency of the steps says which.',
  );

export const submissionBadShare = (id: number): Panel =>
  badSharePanel(id, slo('checkout-availability'), 'we failed them: follow runbook CheckoutAvailabilityBurn.');

export const submissions = (id: number): Panel =>
  ratePanel(
    id,
    'Submissions by what the shopper was told',
    {
      means: 'Order submissions by answer; declined, sold_out and invalid are not our failure.',
      bad: 'overloaded, payment_unavailable or error: those are ours.',
      act: 'follow runbook CheckoutAvailabilityBurn.',
    },
    submitted(),
    ['outcome'],
  );

export const placedByRegion = (id: number): Panel =>
  ratePanel(
    id,
    'Orders placed by region',
    {
      means: 'Orders placed by the market of the cart; the long tail of markets is other.',
      bad: 'one region that falls while the others stand: what is broken is there.',
      act: 'look for a kill switch of that region, then for its ways to pay.',
    },
    placedSeries,
    ['region'],
  );

const byRegion = (matchers: Matchers<typeof checkoutSubmissions>) => {
  const ofAll = sum(rate(submitted(), rateInterval), ['region']);
  return `${sum(rate(submitted(matchers), rateInterval), ['region'])} / (${ofAll} > 0)`;
};

export const failedByRegion = (id: number): Panel => ({
  id,
  title: 'Submissions we failed, by region',
  about: {
    means:
      'Share of a region’s submissions that were our failure; a region of few orders jumps, so read it beside the orders.',
    bad: 'one region above the others, or above the dashed line for long.',
    act: 'at all regions at once follow runbook CheckoutAvailabilityBurn; at one look at what only it uses: its ways to pay, its tax.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: byRegion({ outcome: submissionFailures }), legend: '{{region}}' }],
  limit: { value: budgetOf(slo('checkout-availability')), badWhen: 'above' },
});

export const declinedByRegion = (id: number): Panel => ({
  id,
  title: 'Submissions declined, by region',
  about: {
    means: 'Share of a region’s submissions whose payment was declined; one decline is much where few buy.',
    bad: 'one region far above the others: its issuers, its own provider, or an attack from there.',
    act: 'compare with the reasons for declines; follow runbook PaymentDeclineSpike.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [
    {
      expr: byRegion({ outcome: 'declined' }),
      legend: '{{region}}',
      reactive: waitsFor('an issuer declines'),
    },
  ],
});

export const refused = (id: number): Panel =>
  ratePanel(
    id,
    'Requests refused to keep the rest alive',
    {
      means: 'Answered 503 or 429 before any work, by what was asked for and why.',
      bad: 'submissions among them: reads, carts and quotes are shed first, so the shop is full.',
      act: 'look at the event loop and the pool wait, then add processes or lower the load.',
    },
    selector(requestsRefused),
    ['priority', 'reason'],
    waitsFor('a process is too busy, or one client asks too often'),
  );

export const degraded = (id: number): Panel =>
  ratePanel(
    id,
    'Answers given without their provider',
    {
      means: 'Tax and rates from memory, fraud by the value limit, because the provider was away.',
      bad: 'for more than minutes: remembered figures age, and fraud is not looked for.',
      act: 'look at the provider named; orders go on meanwhile.',
    },
    selector(checkoutDegraded),
    ['dependency'],
    waitsFor('tax, rates or fraud is away'),
  );
