// Counters that an objective's traffic would leave behind: every value its matchers name carries a share of the events, and
// beside them runs traffic that it must not count, half of it bad.
import { selector } from '../../core/telemetry/promql.ts';
import type { Slo } from '../slos.ts';
import type { Samples } from './counters.ts';

export interface Phase {
  readonly steps: number;
  /** Events a step, and how many of them are bad. */
  readonly events: number;
  readonly bad: number;
  /** Every process starts anew with this phase: its counters are 0 at its first step. */
  readonly restart?: boolean;
  /** No process has failed yet: the series of bad events are not born. */
  readonly neverFailed?: boolean;
  /** No process emits what the objective counts. */
  readonly gone?: boolean;
  /** The only label set that is emitted, by its number. */
  readonly onlyRow?: number;
  /** Of a latency objective how many there were is emitted no more, or how many of them were in time; the other still is. */
  readonly lost?: 'counts' | 'times';
}

/**
 * Of a latency objective that knows failures half of the bad events failed, quickly, and half were slow: `all` is then `not
 * failed` and `failed`.
 */
type Counts =
  | 'good'
  | 'bad'
  | 'all'
  | 'not failed'
  | 'failed'
  | 'failed in time'
  | 'half of good'
  | 'foreign';

/** How many there were, of a latency objective. */
export const totals = ['all', 'not failed', 'failed'] as const;

interface Track {
  readonly series: string;
  readonly counts: Counts;
  readonly share: number;
  /** Which label set of those that the objective counts; -1 for what it does not count. */
  readonly row: number;
}

export interface Counted {
  readonly series: string;
  readonly counts: Counts;
  readonly samples: Samples;
}

/** A process that has run for long: Prometheus extrapolates differently from a counter close to 0. */
const longRunning = 1_048_576;
const identity = ['job="proof"', 'instance="proof-1"'];

type Labels = Record<string, string>;
type Wanted = Readonly<Record<string, string | readonly string[]>>;

const listOf = (wanted: string | readonly string[]) => (typeof wanted === 'string' ? [wanted] : wanted);

/** As few label sets as show every value at least once. */
function diagonal(declared: Wanted): Labels[] {
  const lists = Object.entries(declared).map(([label, wanted]) => [label, listOf(wanted)] as const);
  const count = Math.max(1, ...lists.map(([, values]) => values.length));
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(lists.map(([label, values]) => [label, values[row % values.length]!])),
  );
}

/** One label set for each matcher that only that matcher keeps out. */
function outside(declared: Readonly<Record<string, readonly string[]>>, wanted: Wanted): Labels[] {
  const inside = diagonal({ ...declared, ...wanted })[0]!;
  return Object.entries(wanted).flatMap(([label, values]) => {
    const other = declared[label]!.find((value) => !listOf(values).includes(value));
    return other === undefined ? [] : [{ ...inside, [label]: other }];
  });
}

function tracksOf({ sli }: Slo): Track[] {
  const { metric } = sli;
  const good = sli.kind === 'latency' ? (sli.good ?? {}) : {};
  const all = diagonal({ ...metric.labels, ...sli.total, ...good });
  const foreign = outside(metric.labels, sli.total);
  if (sli.kind === 'latency') {
    const edges = metric.buckets!;
    const below = edges[edges.indexOf(sli.thresholdSeconds) - 1];
    const bucket = (labels: Labels, edge: number) =>
      selector(metric, labels, { suffix: '_bucket', extra: [`le="${edge}"`, ...identity] });
    const count = (labels: Labels) => selector(metric, labels, { suffix: '_count', extra: identity });
    const share = 1 / all.length;
    const failing = outside(metric.labels, good).flatMap((failed) => diagonal({ ...failed, ...sli.total }));
    return [
      ...failing.flatMap((labels, row): Track[] => [
        { series: count(labels), counts: 'failed', share: 1 / failing.length, row },
        {
          series: bucket(labels, sli.thresholdSeconds),
          counts: 'failed in time',
          share: 1 / failing.length,
          row,
        },
      ]),
      ...all.flatMap((labels, row): Track[] => [
        { series: count(labels), counts: failing.length > 0 ? 'not failed' : 'all', share, row },
        { series: bucket(labels, sli.thresholdSeconds), counts: 'good', share, row },
        ...(below === undefined
          ? []
          : [{ series: bucket(labels, below), counts: 'half of good' as const, share, row }]),
      ]),
      ...foreign.flatMap((labels): Track[] => [
        { series: count(labels), counts: 'foreign', share: 1, row: -1 },
        { series: bucket(labels, sli.thresholdSeconds), counts: 'foreign', share: 0.5, row: -1 },
      ]),
    ];
  }
  const harmless = Object.fromEntries(
    Object.entries(sli.bad).map(([label, bad]) => [
      label,
      metric.labels[label]!.filter((value) => !listOf(bad).includes(value)),
    ]),
  );
  const fine = diagonal({ ...metric.labels, ...sli.total, ...harmless });
  const bad = diagonal({ ...metric.labels, ...sli.total, ...sli.bad });
  const one = (rows: readonly Labels[], counts: Counts): Track[] =>
    rows.map((labels, row) => ({
      series: selector(metric, labels, { extra: identity }),
      counts,
      share: counts === 'foreign' ? 1 : 1 / rows.length,
      row: counts === 'foreign' ? -1 : row,
    }));
  return [...one(fine, 'good'), ...one(bad, 'bad'), ...one(foreign, 'foreign')];
}

/** Runs on while the objective's own traffic rests. */
const eventsElsewhere = 1_024;

/** Binary fractions add up without an error, here as in Prometheus. */
const exact = (count: number) => Math.round(count * 1_024) / 1_024;

function perStep({ counts, share }: Track, { events, bad }: Phase): number {
  const good = events - bad;
  const counted = {
    good,
    bad,
    all: good + bad,
    'not failed': good + bad / 2,
    failed: bad / 2,
    'failed in time': bad / 2,
    'half of good': good / 2,
    foreign: eventsElsewhere,
  }[counts];
  return exact(counted * share);
}

const isMissing = ({ counts, row }: Track, { gone, onlyRow, neverFailed, lost }: Phase) =>
  (neverFailed && counts === 'bad') ||
  (lost === 'times' && counts === 'good') ||
  (lost === 'counts' && (totals as readonly Counts[]).includes(counts)) ||
  (counts !== 'foreign' && (gone || (onlyRow !== undefined && onlyRow !== row)));

function samplesOf(track: Track, phases: readonly Phase[]): (number | null)[] {
  let value = longRunning;
  let born = !phases[0]!.neverFailed || track.counts !== 'bad';
  const samples: (number | null)[] = born ? [value] : [null];
  for (const phase of phases)
    for (let step = 0; step < phase.steps; step += 1) {
      if (isMissing(track, phase)) {
        samples.push(null);
        continue;
      }
      // Born, or born again, at 0: the first event of a series is an increase, not a birth.
      if (!born || (phase.restart && step === 0)) value = 0;
      else value += perStep(track, phase);
      born = true;
      samples.push(value);
    }
  return samples;
}

/** How many label sets the objective counts. */
export const rowsOf = (slo: Slo): number => 1 + Math.max(...tracksOf(slo).map(({ row }) => row));

/** The fewest series that an objective can be counted from. */
function leastOf(tracks: readonly Track[]): Track[] {
  const first = tracks.filter(({ counts, row }) => row === 0 && counts !== 'half of good');
  return first.map((track) => ({ ...track, share: 1 }));
}

/** What a scrape found at every step: one sample at the start, then one after each step of each phase. */
export const countersOf = (
  slo: Slo,
  phases: readonly Phase[],
  detail: 'every label set' | 'one label set' = 'every label set',
): Counted[] =>
  (detail === 'every label set' ? tracksOf(slo) : leastOf(tracksOf(slo))).map((track) => ({
    series: track.series,
    counts: track.counts,
    samples: samplesOf(track, phases),
  }));
