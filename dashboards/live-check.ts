// Does every query of a dashboard show what this run did? Asked of the JSON that Grafana loads and of a running
// Prometheus. Zeros nobody moved and history that nobody made are not data.
import type { PanelQuery } from './board.ts';
import { queryAt, queryRange, type Series } from './prometheus-api.ts';
import type { AwaitedEvent } from './events.ts';
import type { LedgerFigure, Reactive } from './reactive.ts';
import { readSelectors } from './selectors.ts';
import { type Target, targetsOf } from './targets.ts';
import { substitute, valuesIn } from './variables.ts';

export interface LiveCheckOptions {
  readonly prometheusUrl: string;
  /** Grafana's JSON as parsed. */
  readonly dashboard: unknown;
  /** The run, epoch ms. `fromMs` lies after the end of the history. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Values of Grafana's variables, by name without the dollar. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What the ledgers know; a figure that is not given is only asked to move. */
  readonly ledger?: Partial<Record<LedgerFigure, number>>;
  /** The queries that must be there and how they must react. */
  readonly expected: readonly PanelQuery[];
}

export interface PanelResult {
  readonly panelId: number;
  readonly title: string;
  readonly refId: string;
  readonly expr: string;
  readonly legend: string;
  readonly state:
    | 'live'
    /** Event-only, and its event did not happen: no defect, and no proof either. */
    | 'idle'
    | 'absent'
    | 'refused'
    | 'empty'
    | 'not-live'
    | 'label-missing'
    | 'still'
    | 'off-ledger';
  /** One sentence a person can act on. */
  readonly detail: string;
  /** What the panel draws; nothing where it was not asked for. */
  readonly drawn: readonly Series[];
  /** The event an idle query waits for. */
  readonly awaits?: AwaitedEvent;
}

export const isDefect = ({ state }: Pick<PanelResult, 'state'>) => state !== 'live' && state !== 'idle';

type Say = (state: PanelResult['state'], detail: string) => PanelResult;

/** Points a panel of ordinary width asks for. */
const stepsAcross = 200;

/** The check must not be the load it measures. */
const atOnce = 4;

/** One run of the check: what to ask, and what was asked already. */
interface Asking {
  readonly options: LiveCheckOptions;
  readonly values: Readonly<Record<string, string>>;
  /** Samples of a selector during the run; several panels read the same series. */
  readonly samples: Map<string, Promise<number>>;
}

const keyOf = ({ panelId, refId }: { panelId: number; refId: string }) => `${panelId}${refId}`;

export async function liveCheck(options: LiveCheckOptions): Promise<PanelResult[]> {
  const targets = targetsOf(options.dashboard);
  const reactions = new Map(options.expected.map((query) => [keyOf(query), query.reactive]));
  const present = new Set(targets.map(keyOf));
  const absent = options.expected
    .filter((query) => !present.has(keyOf(query)))
    .map(({ panelId, title, refId, expr }): PanelResult => {
      const detail = 'the dashboard has lost this query';
      return { panelId, title, refId, expr, legend: '', state: 'absent', detail, drawn: [] };
    });
  const asking = { options, values: valuesIn(options), samples: new Map<string, Promise<number>>() };
  const results: PanelResult[] = [];
  const waiting = targets.map((target, at) => ({ target, at }));
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results[next.at] = await checkTarget(next.target, reactions.get(keyOf(next.target)), asking);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return [...absent, ...results];
}

async function checkTarget(
  target: Target,
  reactive: Reactive | undefined,
  asking: Asking,
): Promise<PanelResult> {
  const { options, values } = asking;
  const expr = substitute(target.expr, values);
  const stepSeconds = Math.max(1, Math.ceil((options.toMs - options.fromMs) / 1_000 / stepsAcross));
  const answer = await queryRange(options.prometheusUrl, expr, options.fromMs, options.toMs, stepSeconds);
  const drawn = answer.kind === 'refused' ? [] : answer.series.filter((series) => series.points.length > 0);
  const say: Say = (state, detail) => ({ ...target, expr, state, detail, drawn });
  if (answer.kind === 'refused') return say('refused', `Prometheus refuses the query: ${answer.message}`);
  const waits = reactive?.kind === 'event-only' ? reactive : null;
  if (drawn.length === 0 && waits === null)
    return say('empty', 'the query returned no number during the run');
  if (drawn.length === 0 && waits?.unborn === true) return idle(waits, say);
  const { selectors, grouping } = readSelectors(expr);
  const dead = await firstWithoutSamples(selectors, asking);
  if (dead !== null) return say('not-live', `no sample of ${dead} arrived during the run`);
  if (drawn.length === 0) return idle(waits!, say);
  const missing = missingLabel([...grouping, ...legendLabels(target.legend)], drawn);
  if (missing !== null) return say('label-missing', `the series have no label ${missing}`);
  if (reactive === undefined) return say('live', `${drawn.length} series`);
  if (reactive.kind !== 'matches-ledger') return react(drawn, reactive, asking, say);
  // At the very end, as Grafana asks for a figure: the last step of a range may lie a little before it.
  const atEnd = await queryAt(options.prometheusUrl, expr, options.toMs);
  if (atEnd.kind === 'refused') return say('refused', `Prometheus refuses the query: ${atEnd.message}`);
  return agree(atEnd.series, reactive, options.ledger?.[reactive.figure], say);
}

type EventOnly = Extract<Reactive, { kind: 'event-only' }>;

const idle = ({ event }: EventOnly, say: Say): PanelResult => ({
  ...say('idle', `waits for: ${event}`),
  awaits: event,
});

function react(
  drawn: readonly Series[],
  reactive: Exclude<Reactive, { kind: 'matches-ledger' }>,
  { options, values }: Asking,
  say: Say,
): PanelResult {
  // Before that a rate still looks back into the history, and falling silent is a change too.
  const settledAt = options.fromMs / 1_000 + Number.parseInt(values.__rate_interval!, 10);
  const moved = drawn.some(({ points }) => {
    const own = points.filter(([at]) => at >= settledAt);
    return own.some(([, value]) => value !== own[0]![1]);
  });
  if (moved) return say('live', `${drawn.length} series, moved`);
  if (reactive.kind === 'event-only')
    // Where nothing was before the event, being drawn is the reaction.
    return reactive.unborn ? say('live', `${drawn.length} series, born`) : idle(reactive, say);
  return say('still', 'the value never changed, though the run made it happen');
}

function agree(
  atEnd: readonly Series[],
  reactive: Extract<Reactive, { kind: 'matches-ledger' }>,
  known: number | undefined,
  say: Say,
): PanelResult {
  const shown = atEnd.reduce((total, { points }) => total + (points.at(-1)?.[1] ?? 0), 0);
  if (known === undefined) {
    return shown > 0
      ? say('live', `shows ${shown.toFixed(0)}`)
      : say('still', 'shows 0 at the end of the run');
  }
  const apart = Math.abs(shown - known) / Math.max(1, known);
  const detail = `shows ${shown.toFixed(0)}, the ledger says ${known}`;
  return say(apart <= reactive.tolerance ? 'live' : 'off-ledger', detail);
}

async function firstWithoutSamples(
  selectors: readonly string[],
  { options, samples }: Asking,
): Promise<string | null> {
  for (const selector of selectors) {
    const known = samples.get(selector) ?? samplesOf(selector, options);
    samples.set(selector, known);
    if ((await known) === 0) return selector;
  }
  return null;
}

async function samplesOf(
  selector: string,
  { prometheusUrl, fromMs, toMs }: LiveCheckOptions,
): Promise<number> {
  const seconds = Math.max(1, Math.floor((toMs - fromMs) / 1_000));
  const counted = `sum(count_over_time(${selector}[${seconds}s]))`;
  const answer = await queryAt(prometheusUrl, counted, toMs);
  return answer.kind === 'series' ? (answer.series[0]?.points[0]?.[1] ?? 0) : 0;
}

const legendLabels = (legend: string) =>
  [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!);

/** A `by (label)` that no series has still returns data: one nameless line. */
function missingLabel(labels: readonly string[], drawn: readonly Series[]): string | null {
  return labels.find((label) => !drawn.some((series) => series.labels[label] !== undefined)) ?? null;
}
