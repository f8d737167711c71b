// Verdict: can people buy, who was told, what is left. No scrolling; everything else is one click away.
import { burnTiers } from '../alerts/burn-rate.ts';
import { journeys } from '../alerts/journeys.ts';
import { ofSlo, recorded } from '../alerts/sli.ts';
import { type SloId, windowDays } from '../alerts/slos.ts';
import { rate, sum } from '../core/telemetry/promql.ts';
import type { Board, Panel } from './board.ts';
import { bornWith, moves } from './reactive.ts';
import { budgetOf, rateInterval, slo } from './red.ts';
import { scarceBudget, spentByStep } from './shared/budget.ts';
import { ordersPlaced, placedSeries, regionChoice, submissions } from './shared/submissions.ts';
import { switchesOn } from './shared/switches.ts';
import { firingAlerts, invariantsBroken } from './shared/truth.ts';

/** In the order in which an order meets them. */
const steps: readonly SloId[] = [
  'inventory-read',
  'cart',
  'quote',
  'checkout-availability',
  'checkout-latency',
  'payment-authorization',
  'order-creation',
  'pipeline-freshness',
  'notification',
];
const [pageFast, pageSlow, , ticketSlow] = burnTiers;
const availability = slo('checkout-availability');
const [journey] = journeys;

const stateOfSteps: Panel = {
  id: 101,
  title: 'Each step of an order',
  about: {
    means:
      'How many times faster than it is made each step’s budget went in the last 5 minutes; a gap had no traffic.',
    bad: `yellow from ${ticketSlow.factor}, orange from ${pageSlow.factor}, red from ${pageFast.factor}: there a page begins.`,
    act: 'the first step that is red is where to look; open it in the checkout overview.',
  },
  kind: 'states',
  unit: 'short',
  queries: steps.map(slo).map((one) => ({
    expr: `${ofSlo(recorded.errorRatio('5m'), one)} / ${budgetOf(one)}`,
    legend: one.title,
  })),
  bands: [
    { from: ticketSlow.factor, color: 'yellow' },
    { from: pageSlow.factor, color: 'orange' },
    { from: pageFast.factor, color: 'red' },
  ],
  leadsTo: 'checkout',
};

const perMinute = (series: string) => `60 * ${sum(series)}`;

const againstLastWeek: Panel = {
  id: 201,
  title: 'Orders per minute, against last week',
  about: {
    means: 'Orders placed per minute, and the same minutes a week ago.',
    bad: 'far below last week without a reason that marketing knows.',
    act: 'look at the submissions; if they are well, shoppers do not reach the shop.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    { expr: perMinute(rate(placedSeries, rateInterval)), legend: 'now', reactive: moves },
    // Smoother and of a fixed width: what was a week ago is a reference, not a signal.
    {
      expr: perMinute(`rate(${placedSeries}[10m] offset 1w)`),
      legend: 'last week',
      reactive: bornWith('the shop is a week old'),
    },
  ],
  leadsTo: 'checkout',
};

const badOrdersLeft: Panel = {
  id: 202,
  title: 'Bad orders left',
  about: {
    means: `Submissions that may still fail in these ${windowDays} days before the budget of checkout availability is gone.`,
    bad: 'nothing left, or less: the promise is broken.',
    act: 'freeze risky deploys; follow runbook ErrorBudgetExhausted.',
  },
  kind: 'figure',
  unit: 'short',
  queries: [
    {
      expr: `${ofSlo(recorded.budgetRemaining, availability)} * ${budgetOf(availability)} * ${ofSlo(recorded.totalIn30d, availability)}`,
      legend: 'left',
    },
  ],
  limit: { value: 1, badWhen: 'below' },
  leadsTo: 'slo',
};

const journeyLeft: Panel = {
  id: 203,
  title: `${journey.title}: budget left`,
  about: {
    means: `Part of the ${windowDays}-day budget that is left. Good: ${journey.goodEvent}.`,
    bad: 'below a quarter.',
    act: 'the panel below says which step spent it; follow runbook CheckoutJourneyBurn.',
  },
  kind: 'figure',
  unit: 'percentunit',
  queries: [{ expr: ofSlo(recorded.budgetRemaining, journey), legend: 'left' }],
  limit: scarceBudget,
  leadsTo: 'slo',
};

export const verdict: Board = {
  name: 'verdict',
  title: 'Verdict',
  description: 'Can people buy, who was told, and how much may still go wrong.',
  choices: [regionChoice],
  rows: [
    { id: 100, title: 'Now', panels: [stateOfSteps, firingAlerts(102)] },
    {
      id: 200,
      title: 'Orders and what may still fail',
      panels: [againstLastWeek, badOrdersLeft, journeyLeft, ordersPlaced(204)],
    },
    {
      id: 300,
      title: 'What explains it',
      panels: [spentByStep(301), submissions(302), invariantsBroken(303), switchesOn(304)],
    },
  ],
};
