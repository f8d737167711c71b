// What is left of a budget and how fast it goes, as several dashboards show it.
import { burnThreshold, burnTiers } from '../../alerts/burn-rate.ts';
import { journeys } from '../../alerts/journeys.ts';
import { ofSlo, recorded } from '../../alerts/sli.ts';
import { windowDays } from '../../alerts/slos.ts';
import type { Panel } from '../board.ts';
import { moves } from '../reactive.ts';
import { slo } from '../red.ts';

const availability = slo('checkout-availability');
const pageFast = burnTiers[0];
const [journey] = journeys;

/** Below a quarter there is no room for a risky deploy. */
export const scarceBudget = { value: 0.25, badWhen: 'below' } as const;

export const fastBurn = (id: number): Panel => ({
  id,
  title: 'Checkout burn, 1h and 5m',
  about: {
    means: 'Share of submissions failed by us over both windows of the fast page.',
    bad: 'above the dashed line in both: somebody is paged.',
    act: 'follow runbook CheckoutAvailabilityBurn.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: (['1h', '5m'] as const).map((window) => ({
    expr: ofSlo(recorded.errorRatio(window), availability),
    legend: window,
    reactive: moves,
  })),
  limit: { value: burnThreshold(pageFast.factor, availability.objective), badWhen: 'above' },
});

export const spentByStep = (id: number): Panel => ({
  id,
  title: 'Budget of the journey, spent by step',
  about: {
    means: `Share of the ${windowDays}-day budget of the ${journey.title.toLowerCase()} that each step spent.`,
    bad: 'one step above the others: that is where the month went.',
    act: 'work on that step first.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: ofSlo(recorded.spentByStep, journey), legend: '{{step}}' }],
});
