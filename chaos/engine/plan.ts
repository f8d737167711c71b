// What an alert can do is arithmetic: how long until it is heard, and whether the fault lasts that long. Pure.
import type { ExpectedAlert, Experiment } from '../experiments/experiment.ts';

/** What the planner must know of an alert; the alerts' own timings have this shape. */
export type AlertTiming = {
  readonly name: string;
  readonly forSeconds: number;
  readonly evaluationSeconds: number;
  readonly groupWaitSeconds: number;
} & (
  | {
      readonly kind: 'burn';
      readonly burnTier: string;
      readonly factor: number;
      readonly objective: number;
      readonly longWindowSeconds: number;
      readonly minBadEvents?: number;
    }
  | { readonly kind: 'threshold' }
);

export interface Traffic {
  /** Submissions per second while the fault lasts. */
  readonly loadPerSecond: number;
  /** Submissions per second in the backfilled history, and in the part of this run before the fault. */
  readonly historyPerSecond: number;
  readonly warmup: { readonly seconds: number; readonly perSecond: number };
  readonly scrapeSeconds: number;
}

/** An alert heard after more than this share of the fault is luck, not design. */
const maxShareOfFault = 0.7;

/** From the first bad event to the rule being true, without the waits of scraping, evaluating and grouping. */
function secondsToTrue(expected: ExpectedAlert, timing: AlertTiming, traffic: Traffic): number {
  const badShare = expected.badShare ?? 1;
  const badPerSecond = traffic.loadPerSecond * badShare;
  const signalDelay = expected.signalDelaySeconds ?? 0;
  if (timing.kind === 'threshold') return signalDelay + (expected.minEvents ?? 1) / badPerSecond;
  const threshold = timing.factor * (1 - timing.objective);
  const warmupSeconds = Math.min(traffic.warmup.seconds, timing.longWindowSeconds);
  const eventsBefore =
    traffic.historyPerSecond * (timing.longWindowSeconds - warmupSeconds) +
    traffic.warmup.perSecond * warmupSeconds;
  // bad(t) ÷ total(t) = threshold, where the window loses history as it gains load. With load = history and a small
  // threshold this is factor × (1 − objective) × long window × history rate ÷ (load rate × bad share).
  const gain = badPerSecond - threshold * (traffic.loadPerSecond - traffic.historyPerSecond);
  if (gain <= 0 || badShare <= threshold) return Number.POSITIVE_INFINITY;
  const byRatio = (threshold * eventsBefore) / gain;
  const byCount = (timing.minBadEvents ?? 0) / badPerSecond;
  return signalDelay + Math.max(byRatio, byCount);
}

/** From the first bitten request to the webhook, in the worst alignment of scrape and evaluation. */
export function timeToDetectSeconds(expected: ExpectedAlert, timing: AlertTiming, traffic: Traffic): number {
  return (
    secondsToTrue(expected, timing, traffic) +
    traffic.scrapeSeconds +
    timing.evaluationSeconds +
    timing.forSeconds +
    timing.groupWaitSeconds
  );
}

export interface PlannedAlert {
  readonly alert: ExpectedAlert;
  readonly timeToDetectSeconds: number;
  /** What the run is held to: half as much again for queueing on a busy machine, and 5 s for the slowest webhook hop. */
  readonly budgetSeconds: number;
}

export type Plan =
  | { readonly kind: 'planned'; readonly faultSeconds: number; readonly alerts: readonly PlannedAlert[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

function timingOf(expected: ExpectedAlert, timings: readonly AlertTiming[]): AlertTiming | undefined {
  return timings.find(
    (timing) =>
      timing.name === expected.name &&
      (timing.kind === 'threshold' || timing.burnTier === expected.labels?.burn_tier),
  );
}

export function plan(
  experiment: Experiment,
  faultSeconds: number,
  timings: readonly AlertTiming[],
  traffic: Traffic,
): Plan {
  const reasons: string[] = [];
  const alerts: PlannedAlert[] = [];
  for (const alert of experiment.expectAlerts) {
    const label =
      alert.labels?.burn_tier === undefined ? alert.name : `${alert.name} ${alert.labels.burn_tier}`;
    const timing = timingOf(alert, timings);
    if (timing === undefined) {
      reasons.push(
        `${experiment.id} expects ${label}, and no rule of that name is loaded: add the alert or drop the expectation`,
      );
      continue;
    }
    const seconds = timeToDetectSeconds(alert, timing, traffic);
    const limit = maxShareOfFault * faultSeconds;
    if (seconds > limit) reasons.push(tooSlow(experiment, label, seconds, faultSeconds, timing, traffic));
    else
      alerts.push({
        alert,
        timeToDetectSeconds: seconds,
        budgetSeconds: Math.min(faultSeconds, seconds * 1.5 + 5),
      });
  }
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'planned', faultSeconds, alerts };
}

function tooSlow(
  experiment: Experiment,
  label: string,
  seconds: number,
  faultSeconds: number,
  timing: AlertTiming,
  traffic: Traffic,
): string {
  const start = `${experiment.id}: ${label}`;
  if (!Number.isFinite(seconds))
    return `${start} can never fire at this bad share: make the fault bite more calls, or expect another alert`;
  const needed = Math.ceil(seconds / maxShareOfFault);
  const lower =
    timing.kind === 'burn' ? `, or lower the history rate from ${traffic.historyPerSecond}/s` : '';
  return (
    `${start} is heard after ${seconds.toFixed(0)} s, more than ${maxShareOfFault} of a fault of ${faultSeconds} s: ` +
    `make the fault last ${needed} s${lower}`
  );
}
