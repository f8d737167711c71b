// SLO and error budget: what was promised, what is left, how fast it goes, and who spent it.
import { type BurnTier, burnTiers, type Window } from '../alerts/burn-rate.ts';
import { journeys } from '../alerts/journeys.ts';
import { ofSlo, recorded } from '../alerts/sli.ts';
import { slos } from '../alerts/slos.ts';
import type { Board, Panel } from './board.ts';
import { budgetOf, slo } from './red.ts';
import { scarceBudget, spentByStep } from './shared/budget.ts';
import { firing, firingAlerts } from './shared/truth.ts';

const promised = [...slos, ...journeys] as const;
const chosen = 'slo=~"$slo"';
const ofChosen = (series: string) => `${series}{${chosen}}`;

/** How many times faster than it is made: objectives differ, so each group of equal budgets is divided by its own. */
function burn(window: Window): string {
  const series = recorded.errorRatio(window);
  const budgets = [...new Set(promised.map(budgetOf))];
  return budgets
    .map((budget) => {
      const ids = promised.filter((one) => budgetOf(one) === budget).map(({ id }) => id);
      return `${series}{slo=~"${ids.join('|')}",${chosen}} / ${budget}`;
    })
    .join(' or ');
}

const table: Panel = {
  id: 101,
  title: 'Every promise',
  about: {
    means:
      'Budget left of 30 days, the events it is made of, and how many times too fast it went in the last hour.',
    bad: 'less than a quarter left, or a burn above 1 that stays.',
    act: 'open the dashboard of that step; each objective has a runbook named like its alert.',
  },
  kind: 'table',
  unit: 'short',
  queries: [
    { expr: ofChosen(recorded.budgetRemaining), legend: 'budget left', unit: 'percentunit' },
    { expr: ofChosen(recorded.badIn30d), legend: 'bad in 30 d' },
    { expr: ofChosen(recorded.totalIn30d), legend: 'events in 30 d' },
    { expr: burn('1h'), legend: 'burn in 1 h' },
  ],
};

const left: Panel = {
  id: 102,
  title: 'Budget left',
  about: {
    means: 'Part of each 30-day budget that is left, weighted by events; below 0 it is overspent.',
    bad: 'below a quarter.',
    act: 'freeze risky deploys of what spends it; follow runbook ErrorBudgetExhausted.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: ofChosen(recorded.budgetRemaining), legend: '{{slo}}' }],
  limit: scarceBudget,
};

const names = {
  'page-fast': 'fast page',
  'page-slow': 'slow page',
  'ticket-fast': 'fast ticket',
  'ticket-slow': 'slow ticket',
} as const satisfies Record<BurnTier['name'], string>;

const tier = (id: number, { name, factor, long, short, severity }: BurnTier): Panel => ({
  id,
  title: `Burn of the ${names[name]}: ${long} and ${short}`,
  about: {
    means: 'How many times faster than it is made the budget goes, over both windows of this tier.',
    bad: `above the dashed line (${factor}) in both windows: a ${severity} is sent.`,
    act: 'the long window says how much, the short one whether it still goes on.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [long, short].map((window) => ({ expr: burn(window), legend: `{{slo}} ${window}` })),
  limit: { value: factor, badWhen: 'above' },
});

const spentByProvider: Panel = {
  id: 302,
  title: 'Payment authorisation, budget spent by provider',
  about: {
    means: 'Share of the 30-day budget of payment authorisation that each provider spent.',
    bad: 'one above the other by far, beyond its share of the traffic.',
    act: 'take it up with that provider; the figure is the evidence.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: ofSlo(recorded.spentByProvider, slo('payment-authorization')), legend: '{{provider}}' }],
  leadsTo: 'payments',
};

const badNow: Panel = {
  id: 303,
  title: 'Bad events per second',
  about: {
    means: 'Events of the last 5 minutes that spend a budget.',
    bad: 'any lasting level; the tiers above say whether it matters.',
    act: 'open the dashboard of that step.',
  },
  kind: 'lines',
  unit: 'reqps',
  queries: [{ expr: ofChosen(recorded.badRate('5m')), legend: '{{slo}}' }],
};

export const sloBoard: Board = {
  name: 'slo',
  title: 'SLO and error budget',
  description: 'What was promised, what is left, how fast it goes, and who spent it.',
  choices: [{ label: 'slo', title: 'Objective', values: promised.map(({ id }) => id) }],
  rows: [
    { id: 100, title: 'Promises', panels: [table, left] },
    { id: 200, title: 'How fast it goes', panels: burnTiers.map((one, at) => tier(201 + at, one)) },
    { id: 300, title: 'Who spent it', panels: [spentByStep(301), spentByProvider, badNow] },
    {
      id: 400,
      title: 'Who was told',
      panels: [firingAlerts(401, firing.replace('}', `,${chosen}}`))],
    },
  ],
};
