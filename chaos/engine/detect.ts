// Were the promised alerts heard in time, and the others silent? Pure: from the first bitten request to the webhook.
import type { ExpectedAlert, Experiment } from '../experiments/experiment.ts';
import type { ReceivedAlert } from './target.ts';

export interface AlertDetection {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: 'detected' | 'late' | 'missing' | 'already_firing' | 'no_bite';
  readonly first_bite_ms: number | null;
  readonly received_ms: number | null;
  readonly detect_seconds: number | null;
  readonly budget_seconds: number;
}

export interface Window {
  readonly firstBiteMs: number | null;
  /** Last moment at which an alert still belongs to this experiment. */
  readonly untilMs: number;
}

function matches(expected: ExpectedAlert, alert: ReceivedAlert): boolean {
  const labels = Object.entries(expected.labels ?? {});
  return alert.name === expected.name && labels.every(([label, value]) => alert.labels[label] === value);
}

const seriesOf = (alert: ReceivedAlert) => JSON.stringify(Object.entries(alert.labels).sort());

/** An alert that was firing when the fault began says nothing about the fault. */
function firingAt(alerts: readonly ReceivedAlert[], atMs: number): boolean {
  const last = new Map<string, ReceivedAlert>();
  for (const alert of [...alerts].sort((a, b) => a.received_ms - b.received_ms))
    if (alert.received_ms <= atMs) last.set(seriesOf(alert), alert);
  return [...last.values()].some((alert) => alert.status === 'firing');
}

export function detectAlert(
  expected: ExpectedAlert,
  budgetSeconds: number,
  received: readonly ReceivedAlert[],
  { firstBiteMs, untilMs }: Window,
): AlertDetection {
  const base = {
    name: expected.name,
    labels: expected.labels ?? {},
    first_bite_ms: firstBiteMs,
    budget_seconds: budgetSeconds,
  };
  const nothing = { ...base, received_ms: null, detect_seconds: null };
  if (firstBiteMs === null) return { ...nothing, kind: 'no_bite' };
  const own = received.filter((alert) => matches(expected, alert));
  if (firingAt(own, firstBiteMs)) return { ...nothing, kind: 'already_firing' };
  const arrivals = own
    .filter((alert) => alert.status === 'firing')
    .map((alert) => alert.received_ms)
    .filter((at) => at > firstBiteMs && at <= untilMs);
  if (arrivals.length === 0) return { ...nothing, kind: 'missing' };
  const received_ms = Math.min(...arrivals);
  const detect_seconds = (received_ms - firstBiteMs) / 1_000;
  return {
    ...base,
    received_ms,
    detect_seconds,
    kind: detect_seconds <= budgetSeconds ? 'detected' : 'late',
  };
}

/** Alerts that had to stay silent and did not, within the window. */
export function brokenSilence(
  experiment: Experiment,
  received: readonly ReceivedAlert[],
  fromMs: number,
  untilMs: number,
): readonly ReceivedAlert[] {
  return received.filter(
    (alert) =>
      alert.status === 'firing' &&
      experiment.mustStaySilent.includes(alert.name) &&
      alert.received_ms >= fromMs &&
      alert.received_ms <= untilMs,
  );
}
