// Thirty days of healthy traffic as counter samples: only what alerts/slos.ts counts, in the labels of the live series,
// so that a window which reaches back before this run has something to divide by. Pure.
import { serviceOf } from '../alerts/budget-alerts.ts';
import { type Slo, type SloId, slos, windowDays } from '../alerts/slos.ts';

export interface HistoryTraffic {
  readonly endMs: number;
  readonly ordersPerSecond: number;
  /** Share of the error budget that the history spent; 0.02 = a healthy month. */
  readonly budgetSpentShare: number;
  /** Bad share of single objectives lately, close to a threshold; before that they were healthy like the others. */
  readonly primed?: Primed | undefined;
}

export interface Primed {
  readonly badShare: Partial<Record<SloId, number>>;
  /** How long before the end of the history it began. */
  readonly seconds: number;
}

export interface HistorySeries {
  readonly slo: SloId;
  /** Selector of exactly this series, labels included. */
  readonly series: string;
  readonly perSecond: number;
  /** The same since the objective went bad; null where it never did. */
  readonly primed: { readonly perSecond: number; readonly seconds: number } | null;
  readonly counts: 'all' | 'good' | 'bad';
}

// Events per placed order: the stated funnel of 98 carts : 45 checkouts : 27 orders; a cart is four calls, a checkout three.
const carts = 98 / 27;
const checkouts = 45 / 27;
export const eventsPerOrder: Readonly<Record<SloId, number>> = {
  'checkout-availability': 1,
  'checkout-latency': 1,
  'payment-authorization': 1,
  'order-creation': 1,
  cart: carts * 2 + checkouts * 2,
  quote: checkouts,
  'payment-latency-primary': 1,
  // A provider that is only failed over to: probes and the odd breaker.
  'payment-latency-backup': 0.02,
  'inventory-read': carts,
  'pipeline-freshness': 1,
  notification: 1,
};

/** Share of the error budget that a healthy month spends. */
export const healthyBudgetShare = 0.02;

const spanSeconds = windowDays * 86_400;
/** Coarse for the month, fine for the longest window of a page: rates at the seam need samples on both sides of it. */
const coarseStepSeconds = 300;
const fineStepSeconds = 30;
const fineSpanSeconds = 6 * 3_600;

type Labels = Readonly<Record<string, string>>;
type Wanted = Slo['sli']['total'];

/** Every combination that the matchers name; a label they leave open takes its first declared value. */
function combinations(declared: Readonly<Record<string, readonly string[]>>, wanted: Wanted): Labels[] {
  return Object.entries(declared).reduce<Labels[]>(
    (rows, [label, values]) => {
      const chosen = wanted[label] ?? values[0]!;
      const list = typeof chosen === 'string' ? [chosen] : chosen;
      return rows.flatMap((row) => list.map((value) => ({ ...row, [label]: value })));
    },
    [{}],
  );
}

function render(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.join(',')}}`;
}

export const healthyShareOf = (
  { objective }: Pick<Slo, 'objective'>,
  budgetSpentShare = healthyBudgetShare,
): number => budgetSpentShare * (1 - objective);

function seriesOf(slo: Slo & { readonly id: SloId }, traffic: HistoryTraffic): HistorySeries[] {
  const { sli } = slo;
  const job = serviceOf(slo);
  const target = { job, instance: `${job}-1` };
  const perSecond = traffic.ordersPerSecond * eventsPerOrder[slo.id];
  const healthy = healthyShareOf(slo, traffic.budgetSpentShare);
  const lately = traffic.primed?.badShare[slo.id];
  const one = (name: string, labels: Labels, counts: HistorySeries['counts'], rows = 1): HistorySeries => {
    const rate = (bad: number) => (perSecond / rows) * { all: 1, good: 1 - bad, bad }[counts];
    return {
      slo: slo.id,
      series: render(name, { ...target, ...labels }),
      perSecond: rate(healthy),
      primed: lately === undefined ? null : { perSecond: rate(lately), seconds: traffic.primed!.seconds },
      counts,
    };
  };
  if (sli.kind === 'latency') {
    const rows = combinations(sli.metric.labels, sli.total);
    const edge = { le: String(sli.thresholdSeconds) };
    return rows.flatMap((labels) => [
      one(`${sli.metric.name}_count`, labels, 'all', rows.length),
      one(`${sli.metric.name}_bucket`, { ...labels, ...edge }, 'good', rows.length),
    ]);
  }
  const goodValues = Object.fromEntries(
    Object.entries(sli.bad).map(([label, spent]) => [
      label,
      sli.metric.labels[label]!.find(
        (value) => !(typeof spent === 'string' ? [spent] : spent).includes(value),
      )!,
    ]),
  );
  const good = combinations(sli.metric.labels, { ...sli.total, ...goodValues })[0]!;
  const spent = combinations(sli.metric.labels, { ...sli.total, ...sli.bad })[0]!;
  return [one(sli.metric.name, good, 'good'), one(sli.metric.name, spent, 'bad')];
}

/** Events counted by `at` seconds after the start. Whole ones only: a counter of events has no halves. */
function countAt({ perSecond, primed }: HistorySeries, at: number): number {
  if (primed === null) return Math.floor(perSecond * at);
  const lately = Math.max(0, at - Math.max(0, spanSeconds - primed.seconds));
  return Math.floor(perSecond * (at - lately) + primed.perSecond * lately);
}

export const historySeries = (traffic: HistoryTraffic): HistorySeries[] =>
  slos.flatMap((slo) => seriesOf(slo, traffic));

/** Seconds after the start at which a sample is taken; the last is the end itself. */
export function sampleOffsets(): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < spanSeconds - fineSpanSeconds; at += coarseStepSeconds) offsets.push(at);
  for (let at = spanSeconds - fineSpanSeconds; at <= spanSeconds; at += fineStepSeconds) offsets.push(at);
  return offsets;
}

/** OpenMetrics text, one chunk a series. */
export function* openMetrics(series: readonly HistorySeries[], endMs: number): Generator<string> {
  const startSeconds = endMs / 1_000 - spanSeconds;
  const offsets = sampleOffsets();
  for (const one of series) {
    yield offsets
      .map((at) => `${one.series} ${countAt(one, at)} ${(startSeconds + at).toFixed(3)}\n`)
      .join('');
  }
  yield '# EOF\n';
}

/** What `increase(series[30d])` must find at the end of the history. */
export const expectedIncrease = (series: HistorySeries): number => countAt(series, spanSeconds);
