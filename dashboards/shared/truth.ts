// What SQL says is wrong, how fresh that is, and which alerts speak, as several dashboards show them.
import { reconciliationAgeLimitSeconds } from '../../alerts/causes.ts';
import { poolWaitLimitSeconds } from '../../alerts/causes/saturation.ts';
import {
  type Invariant,
  invariantsLastCounted,
  invariantViolations,
  reconciliationLastSuccess,
} from '../../core/telemetry/metrics/invariants.ts';
import { dbPoolWait } from '../../core/telemetry/metrics/platform.ts';
import { quantile, selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { bornWith, moves } from '../reactive.ts';
import { rateInterval } from '../red.ts';

export function invariantsBroken(
  id: number,
  title = 'Invariants broken',
  only?: readonly Invariant[],
): Panel {
  const series = selector(invariantViolations, only === undefined ? {} : { invariant: only });
  return {
    id,
    title,
    about: {
      means: `Rows that break ${only?.join(', ') ?? 'an invariant'} now, by SQL.`,
      bad: 'anything but 0 is an incident, whatever else is green.',
      act: 'each invariant has an alert of its own with a runbook: DoubleCharge, Oversell, LostOrder and so on.',
    },
    kind: 'lines',
    unit: 'short',
    queries: [{ expr: `max by (invariant) (${series})`, legend: '{{invariant}}' }],
    limit: { value: 1, badWhen: 'above' },
    leadsTo: 'reconciliation',
  };
}

export const reconciliationAge = (id: number): Panel => ({
  id,
  title: 'Age of the last count of invariants, and of the last whole reconciliation',
  about: {
    means:
      'The invariants are only as fresh as their count; a whole pass has read every provider’s books too.',
    bad: `above the dashed line (${reconciliationAgeLimitSeconds} s): the count, and no invariant can be trusted; the pass, and unknown payments wait.`,
    act: 'follow runbook InvariantsUncounted, or ReconciliationStale.',
  },
  kind: 'lines',
  unit: 's',
  queries: [
    { expr: `time() - max(${selector(invariantsLastCounted)})`, legend: 'count', reactive: moves },
    { expr: `time() - max(${selector(reconciliationLastSuccess)})`, legend: 'whole pass', reactive: moves },
  ],
  limit: { value: reconciliationAgeLimitSeconds, badWhen: 'above' },
});

export const poolWait = (id: number): Panel => ({
  id,
  title: 'Wait for a database connection, p95',
  about: {
    means: 'Time to get a PostgreSQL connection, by service.',
    bad: `rising towards the dashed line (${poolWaitLimitSeconds} s): the pool or the database is full.`,
    act: 'follow runbook DatabasePoolWait.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: quantile(0.95, dbPoolWait, rateInterval, {}, ['service']), legend: '{{service}}' }],
  limit: { value: poolWaitLimitSeconds, badWhen: 'above' },
  leadsTo: 'saturation',
});

/** Every firing alert but the dead man's switch. */
export const firing = 'ALERTS{alertstate="firing",alertname!="Watchdog"}';

export const firingAlerts = (id: number, series = firing): Panel => ({
  id,
  title: 'Alerts firing now',
  about: {
    means: 'One row an alert with its labels; the dead man’s switch is left out.',
    bad: 'any row of severity page: somebody was woken.',
    act: 'open the runbook of that name; the notification links to it.',
  },
  kind: 'table',
  unit: 'short',
  queries: [{ expr: series, legend: 'firing', reactive: bornWith('an alert fires') }],
});
