// A course played to promtool as the counters it would leave behind, with the real rules: when does the alert fire?
import type { AlertRule } from '../../alerts/alert.ts';
import { windowSeconds } from '../../alerts/burn-rate.ts';
import { judge } from '../../alerts/proofs/prove.ts';
import { groupsFor, type ProofCase, promtoolFiles, proofName } from '../../alerts/proofs/suite.ts';
import { isAlert, ruleGroups } from '../../alerts/rules.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { prometheus } from '../../stack/prometheus.ts';
import { historySeries } from '../history-series.ts';
import type { BudgetRule } from './budget-rules.ts';
import { type Course, eventsIn, stepsOf } from './course.ts';

export interface Told {
  readonly alert: AlertRule;
  readonly rule: BudgetRule;
  readonly course: Course;
  readonly stepSeconds: number;
}

/** Both in seconds from the start of the load. */
interface Asked {
  readonly silent: number;
  readonly firing: number;
}

/** What promtool found otherwise; empty when the alert was silent at the one moment and fired at the other. */
export async function heardByPromtool(told: Told, { silent, firing }: Asked): Promise<string[]> {
  const { binaries } = await resolvePart(prometheus, { progress: quiet });
  const { alert, rule, stepSeconds } = told;
  // A step more than the longest window, before the first load.
  const lead = windowSeconds[rule.windows[0]] + 2 * stepSeconds;
  const stepAt = (seconds: number) => (lead + seconds) / stepSeconds;
  const speaks = `count(ALERTS{alertname="${alert.alert}", slo="${rule.labels.slo}", alertstate="firing"})`;
  const proof: ProofCase = {
    ...{ name: `${rule.name} primed`, shows: [], stepSeconds, checks: [] },
    series: seriesOf(told, lead, Math.ceil(stepAt(firing)) + 1),
    recorded: [
      { step: Math.floor(stepAt(silent)), expr: speaks, value: null },
      { step: Math.ceil(stepAt(firing)), expr: speaks, value: 1 },
    ],
  };
  const files = promtoolFiles({ alert, groups: groupsFor(alert, deployed(told)), cases: [proof] }, 'primed');
  const judged = await judge(binaries.promtool!, files);
  return judged.filter(({ held }) => !held).map(({ output }) => output);
}

/** All rules, and in the place of its own the one that is asked. */
const deployed = ({ alert, rule }: Told) =>
  ruleGroups().map((group) => ({
    ...group,
    rules: group.rules.map((one) => (isAlert(one) && proofName({ alert: one }) === rule.name ? alert : one)),
  }));

/** The very series that a backfilled history has, one sample a step. */
function seriesOf({ rule, course, stepSeconds }: Told, lead: number, steps: number): ProofCase['series'] {
  const traffic = { endMs: 0, ordersPerSecond: course.historyPerSecond, budgetSpentShare: 0 };
  const series = historySeries(traffic).filter(({ slo }) => stepsOf(rule.objective).includes(slo));
  return series.map(({ slo, series: name, counts }) => {
    const rows = series.filter((one) => one.slo === slo && one.counts === counts).length;
    const samples = Array.from({ length: steps }, (_, step) => {
      const at = step * stepSeconds;
      const { events, bad } = eventsIn(slo, course, at - lead, at);
      return { all: events, good: events - bad, bad }[counts] / rows;
    });
    return { series: name, samples };
  });
}
