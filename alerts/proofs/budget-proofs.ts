// The proofs that a spent budget is said, and who spent it.
import { budgetExhausted, minBadEventsInBudget } from '../budget-alerts.ts';
import type { Objective } from '../burn-alerts.ts';
import { windowSeconds } from '../burn-rate.ts';
import { journeys } from '../journeys.ts';
import { alertRules, type RuleGroup } from '../rules.ts';
import { badIncreaseByProvider, ofSlo, recorded } from '../sli.ts';
import { type Slo, slos } from '../slos.ts';
import type { Clock, RangeEdge } from './counters.ts';
import { eventsIn } from './oracle.ts';
import {
  badEventsIn,
  checksOf,
  eventsPerStep,
  foreignRecordings,
  loneFailure,
  over,
  sharesIn,
  type Story,
  tell,
} from './story.ts';
import { type AlertProof, groupsFor, proofOf, type ProofCase } from './suite.ts';
import type { Counted, Phase } from './traffic.ts';

const month = windowSeconds['30d'];
const stepsInMonth = 36;
const stepSeconds = month / stepsInMonth;

/** Share of the budget that is gone: every step of a journey adds its own. */
function spent(story: Story, step: number): number | null {
  const shares = sharesIn(story, step, month).filter((share) => share !== null);
  if (shares.length === 0) return null;
  return shares.reduce((sum, share) => sum + share, 0) / (1 - story.objective.objective);
}

function caseOf(
  story: Story,
  told: Pick<ProofCase, 'name' | 'shows' | 'recorded'>,
  silentAt: readonly number[],
  fires: number,
): ProofCase {
  const readings = Array.from({ length: story.steps }, (_, step) => {
    const gone = spent(story, step);
    if (gone === null || !over(gone, 1)) return null;
    return over(badEventsIn(story, step, month), minBadEventsInBudget) ? 1 - gone : null;
  });
  const meant = Array.from({ length: fires }, () => ['fires', 'over'] as const).flat();
  return {
    ...told,
    stepSeconds,
    series: [
      ...story.parts.flatMap(({ counted }) => counted),
      ...foreignRecordings(
        story.steps,
        'steps' in story.objective ? [recorded.badIn30d, recorded.spentByStep] : [recorded.totalIn30d],
      ),
    ],
    checks: checksOf(told.name, readings, 0, story.clock, meant, silentAt),
  };
}

/** The shares of what was spent, in the series that name who spent them. */
function attribution(story: Story, step: number): NonNullable<ProofCase['recorded']> {
  const { objective } = story;
  const gone = spent(story, step)!;
  const remains = { step, expr: ofSlo(recorded.budgetRemaining, objective), value: 1 - gone };
  if ('steps' in objective)
    return [
      remains,
      ...objective.steps.map((name, index) => ({
        step,
        expr: `${recorded.spentByStep}{slo="${objective.id}",step="${name}"}`,
        value: sharesIn(story, step, month)[index]! / (1 - objective.objective),
      })),
    ];
  return [remains, ...byProvider(objective, story, step)];
}

function byProvider(slo: Slo, { parts, clock }: Story, step: number): NonNullable<ProofCase['recorded']> {
  if (badIncreaseByProvider(slo, '30d') === null) return [];
  const { counted } = parts[0]!;
  const { events } = eventsIn(slo, counted, step, month, clock)!;
  return slo.sli.metric.labels.provider!.map((provider) => {
    const others = ({ counts, series }: Counted) =>
      counts === 'bad' && !series.includes(`provider="${provider}"`);
    const own = counted.filter((one) => !others(one));
    const { bad } = eventsIn(slo, own, step, month, clock)!;
    return {
      step,
      expr: `${recorded.spentByProvider}{slo="${slo.id}",provider="${provider}"}`,
      value: bad / events / (1 - slo.objective),
    };
  });
}

const at = (objective: Objective, times: number, steps: number, events = eventsPerStep): Phase => ({
  steps,
  events,
  bad: events * (1 - objective.objective) * times,
});

function busy(objective: Objective, clock: Clock): ProofCase {
  const burning = at(objective, 2.317, 6, 2 * eventsPerStep);
  const phases = [
    at(objective, 0.92, stepsInMonth + 2),
    burning,
    at(objective, 0, 16),
    burning,
    // As the month empties, its good days leave first and the bad ones weigh more: it is said once more.
    { ...at(objective, 0, stepsInMonth + 2), gone: true },
  ];
  const story = tell(objective, clock, phases);
  return caseOf(
    story,
    {
      name: `${budgetExhausted} ${objective.id}: silent just below, fires when it is spent, over when the month is better or the metric gone`,
      shows: ['just below', 'just above', 'recovery', 'metric gone'],
      recorded: story.ends.slice(0, 3).flatMap((step) => attribution(story, step)),
    },
    [],
    3,
  );
}

function quiet(objective: Objective, clock: Clock): ProofCase {
  const idle = (steps: number): Phase => ({ steps, events: 0, bad: 0 });
  const failing = (steps: number): Phase => ({ steps, events: loneFailure, bad: loneFailure });
  const story = tell(objective, clock, [
    { ...at(objective, 0, 3), neverFailed: true },
    idle(stepsInMonth + 2),
    // Less than one event in a month: what Prometheus makes of a counter that somebody saw once.
    { steps: 1, events: 0.5, bad: 0 },
    failing(1),
    idle(2),
    { ...idle(1), restart: true },
    failing(1),
    idle(2),
    failing(minBadEventsInBudget + 3),
    idle(stepsInMonth + 2),
  ]);
  const [flawless, nobody, half, oneFailure, , , afterRestart] = story.ends as [
    number,
    number,
    number,
    number,
    0,
    0,
    number,
  ];
  return caseOf(
    story,
    {
      name: `${budgetExhausted} ${objective.id}: a month without traffic spends nothing, few failures are no freeze`,
      shows: ['zero traffic', 'one failure at night', 'first event after a restart'],
      recorded: [
        { step: flawless, expr: ofSlo(recorded.budgetRemaining, objective), value: 1 },
        ...attribution(story, half),
        ...[recorded.budgetRemaining, recorded.spentByStep, recorded.spentByProvider].map((series) => ({
          step: nobody,
          expr: ofSlo(series, objective),
          value: null,
        })),
      ],
    },
    [nobody, oneFailure, afterRestart],
    1,
  );
}

export const budgetProofs = (groups: readonly RuleGroup[], edge: RangeEdge): AlertProof[] =>
  [...slos, ...journeys].map((objective) => {
    const alert = alertRules(groups).find(
      (rule) => rule.alert === budgetExhausted && rule.labels.slo === objective.id,
    );
    if (alert === undefined) throw new Error(`${objective.id} has no ${budgetExhausted} alert`);
    const clock = { stepSeconds, edge };
    const read = groupsFor(
      alert,
      groups,
      ({ labels, record }) => labels.slo === objective.id && record.includes('30d'),
    );
    return proofOf(alert, read, () => [busy(objective, clock), quiet(objective, clock)]);
  });
