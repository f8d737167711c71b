// The shop's own SLIs over the run: its counters as text, every few seconds, turned into events and bad events by SLO.
import { type Slo, type SloId, slos } from '../alerts/slos.ts';
import { openAppendLog } from '../chaos/append-log.ts';
import type { SteadySample } from '../chaos/engine/target.ts';
import { invariantViolations } from '../core/telemetry/metrics/invariants.ts';
import type { Exclusion } from '../loadtests/gate/samples.ts';
import type { SliSample } from './facts.ts';

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export type Exposition = ReadonlyMap<string, readonly Series[]>;

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*?)\})? ([^ #]+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Samples of a Prometheus or OpenMetrics text, exemplars and comments left out. */
export function parseExposition(text: string): Exposition {
  const found = new Map<string, Series[]>();
  for (const raw of text.split('\n')) {
    if (raw === '' || raw.startsWith('#')) continue;
    const match = line.exec(raw);
    if (match === null) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(label)].map((l) => [l[1]!, l[2]!]));
    const series = { labels, value: Number(match[3]) };
    const list = found.get(match[1]!);
    if (list === undefined) found.set(match[1]!, [series]);
    else list.push(series);
  }
  return found;
}

type Matchers = Readonly<Record<string, string | readonly string[]>>;
const matches = (series: Series, matchers: Matchers) =>
  Object.entries(matchers).every(([name, wanted]) => {
    const value = series.labels[name];
    return typeof wanted === 'string' ? value === wanted : value !== undefined && wanted.includes(value);
  });

function sumOf(metrics: Exposition, name: string, matchers: Matchers, edge?: number): number {
  return (metrics.get(name) ?? [])
    .filter(
      (series) => matches(series, matchers) && (edge === undefined || Number(series.labels.le) === edge),
    )
    .reduce((sum, series) => sum + series.value, 0);
}

export function countOf(slo: Slo, metrics: Exposition): { total: number; bad: number } {
  const { sli } = slo;
  if (sli.kind === 'ratio') {
    const bad = sumOf(metrics, sli.metric.name, { ...sli.total, ...sli.bad });
    return { total: sumOf(metrics, sli.metric.name, sli.total), bad };
  }
  const total = sumOf(metrics, `${sli.metric.name}_count`, sli.total);
  const inTime = { ...sli.total, ...sli.good };
  const good = sumOf(metrics, `${sli.metric.name}_bucket`, inTime, sli.thresholdSeconds);
  return { total, bad: total - good };
}

/** Events and bad events that fell outside `excluded`: the growth of the counters between neighbouring samples. */
export function countsOutside(
  samples: readonly SliSample[],
  excluded: readonly Exclusion[],
): Record<string, { total: number; bad: number }> {
  const sums: Record<string, { total: number; bad: number }> = Object.fromEntries(
    slos.map((slo) => [slo.id, { total: 0, bad: 0 }]),
  );
  samples.forEach((sample, at) => {
    const before = samples[at - 1];
    if (before === undefined) return;
    if (excluded.some((window) => before.at_ms < window.toMs && sample.at_ms > window.fromMs)) return;
    for (const [slo, count] of Object.entries(sample.counts)) {
      const sum = sums[slo];
      const earlier = before.counts[slo];
      // A counter that fell is a process that started anew: what it counted since then is the growth.
      if (sum === undefined || earlier === undefined) continue;
      const reset = count.total < earlier.total;
      sum.total += reset ? count.total : count.total - earlier.total;
      sum.bad += reset ? count.bad : Math.max(0, count.bad - earlier.bad);
    }
  });
  return sums;
}

export interface SliWatch {
  /** Takes one more sample now, so that a phase begins and ends on one. */
  sample(): Promise<void>;
  /** What shoppers got in the last few seconds; throws while there is nothing recent to tell it from. */
  recent(): SteadySample;
  stop(): Promise<void>;
}

const everyMs = 1_000;
const timeoutMs = 1_500;
// Twenty submissions fit into it at any rate the drill runs.
const recentMs = 5_000;
const staleMs = 5_000;

interface Reading extends SliSample {
  readonly violations: number;
}

export async function watchSlis(path: string, serviceUrls: readonly string[]): Promise<SliWatch> {
  const { log } = await openAppendLog<SliSample>(path);
  let readings: Reading[] = [];
  const read = async () => {
    const metrics = parseExposition((await Promise.all(serviceUrls.map(expositionOf))).join('\n'));
    const at_ms = Date.now();
    const counts = Object.fromEntries(slos.map((slo) => [slo.id, countOf(slo, metrics)]));
    const violations = sumOf(metrics, invariantViolations.name, {});
    const kept = readings.findLastIndex((reading) => reading.at_ms <= at_ms - recentMs);
    readings = [...readings.slice(Math.max(0, kept)), { at_ms, counts, violations }];
    await log.append({ at_ms, counts } satisfies SliSample);
  };
  let current: Promise<void> = Promise.resolve();
  // A sample that failed is a longer interval to the next one, and is then judged with it.
  const next = () => {
    current = current.then(read).catch(() => undefined);
    return current;
  };
  const timer = setInterval(() => void next(), everyMs);
  return {
    sample: next,
    recent() {
      const [first, last] = [readings[0], readings.at(-1)];
      if (first === undefined || last === undefined || Date.now() - last.at_ms > staleMs)
        throw new Error('the services have not answered for their metrics lately');
      const [before, now] = [first.counts[steadySlo]!, last.counts[steadySlo]!];
      const submissions = now.total - before.total;
      return {
        at_ms: last.at_ms,
        submissions,
        good: submissions - (now.bad - before.bad),
        invariant_violations: last.violations,
      };
    },
    async stop() {
      clearInterval(timer);
      await next();
      await log.close();
    },
  };
}

const steadySlo = 'checkout-availability' satisfies SloId;

async function expositionOf(url: string): Promise<string> {
  const answer = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}
