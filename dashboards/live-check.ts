// Does every query of a dashboard show what this run did? Asked of the JSON that Grafana loads and of a running
// Prometheus. Zeros nobody moved and history that nobody made are not data.
import { checkoutQueries, type PanelQuery } from './checkout.ts';
import { type Answer, queryAt, queryRange, type Series } from './prometheus-api.ts';
import type { LedgerFigure, Reactive } from './reactive.ts';
import { readSelectors } from './selectors.ts';

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
  readonly expected?: readonly PanelQuery[];
}

export interface PanelResult {
  readonly panelId: number;
  readonly title: string;
  readonly refId: string;
  readonly expr: string;
  readonly state:
    | 'live'
    | 'absent'
    | 'refused'
    | 'empty'
    | 'not-live'
    | 'label-missing'
    | 'still'
    | 'off-ledger';
  /** One sentence a person can act on. */
  readonly detail: string;
}

interface Target {
  readonly panelId: number;
  readonly title: string;
  readonly refId: string;
  readonly expr: string;
  readonly legend: string;
}

type Say = (state: PanelResult['state'], detail: string) => PanelResult;

/** Points a panel of ordinary width asks for. */
const stepsAcross = 200;

export async function liveCheck(options: LiveCheckOptions): Promise<PanelResult[]> {
  const targets = targetsOf(options.dashboard);
  const expected = options.expected ?? checkoutQueries;
  const key = ({ panelId, refId }: { panelId: number; refId: string }) => `${panelId}${refId}`;
  const reactions = new Map(expected.map((query) => [key(query), query.reactive]));
  const present = new Set(targets.map(key));
  const absent = expected
    .filter((query) => !present.has(key(query)))
    .map(({ panelId, title, refId, expr }): PanelResult => {
      return { panelId, title, refId, expr, state: 'absent', detail: 'the dashboard has lost this query' };
    });
  const results: PanelResult[] = [];
  // One after the other: the check must not be the load it measures.
  for (const target of targets) results.push(await checkTarget(target, reactions.get(key(target)), options));
  return [...absent, ...results];
}

async function checkTarget(
  target: Target,
  reactive: Reactive | undefined,
  options: LiveCheckOptions,
): Promise<PanelResult> {
  const { panelId, title, refId } = target;
  const expr = substitute(target.expr, options);
  const say: Say = (state, detail) => ({ panelId, title, refId, expr, state, detail });
  const stepSeconds = Math.max(1, Math.ceil((options.toMs - options.fromMs) / 1_000 / stepsAcross));
  const answer = await queryRange(options.prometheusUrl, expr, options.fromMs, options.toMs, stepSeconds);
  if (answer.kind === 'refused') return say('refused', `Prometheus refuses the query: ${answer.message}`);
  const drawn = answer.series.filter((series) => series.points.length > 0);
  if (drawn.length === 0) return say('empty', 'the query returned no number during the run');
  const { selectors, grouping } = readSelectors(expr);
  const dead = await firstWithoutSamples(selectors, options);
  if (dead !== null) return say('not-live', `no sample of ${dead} arrived during the run`);
  const missing = missingLabel([...grouping, ...legendLabels(target.legend)], drawn);
  if (missing !== null) return say('label-missing', `the series have no label ${missing}`);
  if (reactive?.kind !== 'matches-ledger') return react(drawn, reactive, options, say);
  // At the very end, as Grafana asks for a figure: the last step of a range may lie a little before it.
  const atEnd = await queryAt(options.prometheusUrl, expr, options.toMs);
  if (atEnd.kind === 'refused') return say('refused', `Prometheus refuses the query: ${atEnd.message}`);
  return agree(atEnd.series, reactive, options.ledger?.[reactive.figure], say);
}

function react(
  drawn: readonly Series[],
  reactive: Extract<Reactive, { kind: 'moves' }> | undefined,
  options: LiveCheckOptions,
  say: Say,
): PanelResult {
  if (reactive === undefined) return say('live', `${drawn.length} series`);
  // Before that a rate still looks back into the history, and falling silent is a change too.
  const settledAt = options.fromMs / 1_000 + Number.parseInt(valuesOf(options).__rate_interval, 10);
  const moved = drawn.some(({ points }) => {
    const own = points.filter(([at]) => at >= settledAt);
    return own.some(([, value]) => value !== own[0]![1]);
  });
  return moved
    ? say('live', `${drawn.length} series, moved`)
    : say('still', 'the value never changed, though the run made it happen');
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
  options: LiveCheckOptions,
): Promise<string | null> {
  const seconds = Math.max(1, Math.floor((options.toMs - options.fromMs) / 1_000));
  for (const selector of selectors) {
    const answer: Answer = await queryAt(
      options.prometheusUrl,
      `sum(count_over_time(${selector}[${seconds}s]))`,
      options.toMs,
    );
    const samples = answer.kind === 'series' ? (answer.series[0]?.points[0]?.[1] ?? 0) : 0;
    if (samples === 0) return selector;
  }
  return null;
}

const legendLabels = (legend: string) =>
  [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!);

/** A `by (label)` that no series has still returns data: one nameless line. */
function missingLabel(labels: readonly string[], drawn: readonly Series[]): string | null {
  return labels.find((label) => !drawn.some((series) => series.labels[label] !== undefined)) ?? null;
}

/** Grafana's variables for a range of exactly this run. */
function valuesOf({ fromMs, toMs, variables = {} }: LiveCheckOptions) {
  return {
    __rate_interval: '30s',
    __interval: '5s',
    __range: `${Math.max(1, Math.round((toMs - fromMs) / 1_000))}s`,
    ...variables,
  };
}

function substitute(expr: string, options: LiveCheckOptions): string {
  const values: Readonly<Record<string, string>> = valuesOf(options);
  return expr.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? whole);
}

interface RawPanel {
  readonly id?: number;
  readonly title?: string;
  readonly targets?: readonly {
    readonly refId?: string;
    readonly expr?: string;
    readonly legendFormat?: string;
  }[];
  /** Panels of a collapsed row. */
  readonly panels?: readonly RawPanel[];
}

function targetsOf(dashboard: unknown): Target[] {
  const panels = (dashboard as { readonly panels?: readonly RawPanel[] } | null)?.panels;
  if (!Array.isArray(panels)) throw new Error('this is not the JSON of a dashboard: it has no panels');
  return (panels as RawPanel[])
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .flatMap((panel) =>
      (panel.targets ?? []).map((target) => ({
        panelId: panel.id ?? 0,
        title: panel.title ?? '',
        refId: target.refId ?? '',
        expr: target.expr ?? '',
        legend: target.legendFormat ?? '',
      })),
    );
}
