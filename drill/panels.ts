// Looks at every dashboard when the load is over: is each query alive, and what did the panels of the report draw.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dashboardUids } from '../alerts/links.ts';
import { type Board, queriesOf } from '../dashboards/board.ts';
import { boards } from '../dashboards/boards.ts';
import { type AwaitedEvent, whyNever } from '../dashboards/events.ts';
import { liveCheck, type PanelResult } from '../dashboards/live-check.ts';
import type { Act } from './aftermath/act.ts';
import { actsThatMake } from './aftermath/acts.ts';
import type { ActFacts } from './aftermath/facts.ts';
import { dashboardFile } from './evidence.ts';
import type { ChartFacts, PanelFacts } from './facts.ts';
import { drawnInReport } from './report/dashboard-model.ts';

interface Look {
  readonly dir: string;
  readonly prometheusUrl: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** What was played in this drill. */
  readonly acts: readonly Act[];
  /** What became of it. */
  readonly played?: readonly ActFacts[];
}

type DrawnQuery = ChartFacts['queries'][number];

/** A panel of the report has room for so many lines; the highest are kept. */
const linesAtMost = 12;

export async function lookAtDashboards(
  look: Look,
): Promise<{ readonly panels: PanelFacts[]; readonly charts: ChartFacts }> {
  const panels: PanelFacts[] = [];
  const queries: DrawnQuery[] = [];
  for (const board of boards) {
    const uid = dashboardUids[board.name];
    const results = await lookAt(look, board, uid);
    panels.push(...results.map((one) => factsOf(uid, one, look)));
    if (drawnInReport.some((drawn) => drawn === uid))
      queries.push(...results.map((one) => drawnBy(uid, one, look.fromMs)));
  }
  return { panels, charts: { from_ms: look.fromMs, to_ms: look.toMs, queries } };
}

const lookAt = async ({ dir, acts: _, played: __, ...run }: Look, board: Board, uid: string) =>
  liveCheck({
    ...run,
    // The copy that ran, which a sabotage may have changed.
    dashboard: JSON.parse(await readFile(join(dir, dashboardFile(uid)), 'utf8')) as unknown,
    expected: queriesOf(board),
  });

/** What waits for an event that this drill made happen has had its chance. */
function factsOf(
  dashboard: string,
  { title, panelId, refId, expr, state, detail, awaits }: PanelResult,
  look: Pick<Look, 'acts' | 'played'>,
): PanelFacts {
  const made = awaits === undefined || whyNever(awaits) !== null ? null : whoMakes(awaits, look);
  return {
    ...{ panel: title, panel_id: panelId, ref_id: refId, query: expr, dashboard, live: state === 'live' },
    detail: made === null ? detail : `${detail}; ${made}, and nothing moved`,
    waiting: state === 'idle' && made === null,
  };
}

/** Null where this drill played nothing: then it happened only if the day brought it. */
function whoMakes(event: AwaitedEvent, { acts, played = [] }: Pick<Look, 'acts' | 'played'>): string | null {
  if (acts.length === 0) return null;
  const names = actsThatMake(event);
  const failed = played.filter(({ act, came_off }) => names.includes(act) && !came_off);
  const why = failed.map(({ act, detail }) => ` (${act} did not come off: ${detail})`).join('');
  return names.length === 0 ? 'every drill has it' : `the aftermath plays ${names.join(' and ')}${why}`;
}

const nameOf = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend === ''
    ? Object.values(labels).join(' ')
    : legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');

function drawnBy(
  dashboard: string,
  { panelId, refId, legend, drawn }: PanelResult,
  fromMs: number,
): DrawnQuery {
  const highest = (points: readonly (readonly [number, number])[]) =>
    points.reduce((most, [, value]) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const kept = [...drawn]
    .sort((a, b) => highest(b.points) - highest(a.points))
    .slice(0, linesAtMost)
    .map(({ labels, points }) => ({
      name:
        labels.alertname === undefined || legend.includes('{{') ? nameOf(legend, labels) : alertOf(labels),
      points: points.map(([at, value]): [number, number] => [
        Math.round(at - fromMs / 1_000),
        Number(value.toPrecision(4)),
      ]),
    }));
  return { dashboard, panel_id: panelId, ref_id: refId, series: kept };
}

/** A table of alerts has no legend: its row is its labels. */
const alertOf = (labels: Readonly<Record<string, string>>): string =>
  ['alertname', 'provider', 'method', 'slo', 'burn_tier', 'severity']
    .flatMap((label) => labels[label] ?? [])
    .join(' ');
