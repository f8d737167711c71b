// Were the promised alerts heard in time, and no other? From the experiments and the webhook's log to two checks. Pure.
import { type AlertDetection, detectAlert } from '../chaos/engine/detect.ts';
import type { CheckResult } from '../loadtests/gate/verdict.ts';
import { checks } from './checks.ts';
import type { ActFacts } from './aftermath/facts.ts';
import type { AlertDelivery, ExperimentFacts } from './facts.ts';

/** The dead-man's switch: always firing, so its delivery proves the path, and without it silence is no answer. */
const watchdogAlert = 'Watchdog';

export interface Detection extends AlertDetection {
  readonly experiment: string;
}

export function detections(
  experiments: readonly ExperimentFacts[],
  deliveries: readonly AlertDelivery[],
): Detection[] {
  return experiments.flatMap((experiment) =>
    experiment.expected.map((expected) => ({
      experiment: experiment.id,
      ...detectAlert(expected, expected.budget_seconds, deliveries, {
        // Too few bites prove nothing, so nothing can be missed.
        firstBiteMs: experiment.bites < experiment.min_bites ? null : experiment.first_bite_ms,
        // Late is told from missing by how late; the budget decides whether it counts.
        untilMs: Number.POSITIVE_INFINITY,
      }),
    })),
  );
}

export interface FalseAlarm {
  readonly alert: string;
  readonly received_ms: number;
  readonly why: string;
}

/**
 * Alerts that spoke out of turn: anything before the first fault bit, and whatever an experiment says must stay silent, unless
 * an act of the aftermath had begun that makes it speak.
 */
export function falseAlarms(
  experiments: readonly ExperimentFacts[],
  deliveries: readonly AlertDelivery[],
  acts: readonly Pick<ActFacts, 'wakes' | 'started_ms'>[],
): FalseAlarm[] {
  const firstBite = Math.min(...experiments.map((e) => e.first_bite_ms ?? Number.POSITIVE_INFINITY));
  const silent = new Set(experiments.flatMap((e) => e.must_stay_silent));
  const woken = ({ name, starts_ms }: AlertDelivery) =>
    acts.some(({ wakes, started_ms }) => wakes.includes(name) && starts_ms >= started_ms);
  return deliveries
    .filter((d) => d.status === 'firing' && d.name !== watchdogAlert && !woken(d))
    .flatMap(({ name, received_ms }) => {
      if (silent.has(name)) return [{ alert: name, received_ms, why: 'had to stay silent and fired' }];
      if (received_ms < firstBite) return [{ alert: name, received_ms, why: 'fired before any fault' }];
      return [];
    });
}

export const alertLabel = (alert: {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}) => [alert.name, ...Object.entries(alert.labels).map(([label, value]) => `${label}=${value}`)].join(' ');

const sentences: Record<AlertDetection['kind'], (d: Detection) => string> = {
  detected: (d) => `${alertLabel(d)} after ${d.detect_seconds?.toFixed(1)} s`,
  late: (d) =>
    `${alertLabel(d)} came after ${d.detect_seconds?.toFixed(1)} s, budget ${d.budget_seconds.toFixed(1)} s`,
  missing: (d) => `${alertLabel(d)} was never heard during ${d.experiment}`,
  already_firing: (d) => `${alertLabel(d)} was already firing before ${d.experiment} began`,
  no_bite: (d) => `${d.experiment} bit nobody, so ${alertLabel(d)} proves nothing`,
};
const describe = (list: readonly Detection[]) => list.map((d) => sentences[d.kind](d)).join('; ');
const noPath = 'no dead-man signal arrived: the path from Prometheus to the pager was not proven';

type Finding = Omit<CheckResult, 'check' | 'kind'>;

function heard(rows: readonly Detection[], pathProven: boolean): Finding {
  const bad = rows.filter((d) => d.kind === 'late' || d.kind === 'missing' || d.kind === 'already_firing');
  const unproven = rows.filter((d) => d.kind === 'no_bite');
  if (rows.length === 0) return { status: 'unknown', detail: 'no experiment expected an alert' };
  if (!pathProven) return { status: 'unknown', detail: noPath };
  if (bad.length > 0) return { status: 'fail', detail: describe(bad) };
  if (unproven.length > 0) return { status: 'unknown', detail: describe(unproven) };
  return { status: 'pass', detail: `${rows.length} of ${rows.length} in time: ${describe(rows)}` };
}

function silence(alarms: readonly FalseAlarm[], pathProven: boolean): Finding {
  if (alarms.length > 0)
    return { status: 'fail', detail: alarms.map((alarm) => `${alarm.alert} ${alarm.why}`).join('; ') };
  return pathProven
    ? { status: 'pass', detail: 'no alert fired without a fault' }
    : { status: 'unknown', detail: noPath };
}

export function detectionChecks(
  experiments: readonly ExperimentFacts[],
  deliveries: readonly AlertDelivery[],
  acts: readonly ActFacts[],
): CheckResult[] {
  const pathProven = deliveries.some((d) => d.name === watchdogAlert);
  return [
    {
      check: 'alerts-detected',
      kind: checks['alerts-detected'],
      ...heard(detections(experiments, deliveries), pathProven),
    },
    {
      check: 'alerts-silent',
      kind: checks['alerts-silent'],
      ...silence(falseAlarms(experiments, deliveries, acts), pathProven),
    },
  ];
}
