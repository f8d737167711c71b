// The live check of every dashboard against a running Prometheus, as a table a person reads.
import { dashboardUids } from '../alerts/links.ts';
import { queriesOf } from './board.ts';
import { boards } from './boards.ts';
import { generate } from './generate.ts';
import { isDefect, liveCheck, type PanelResult } from './live-check.ts';

export interface CheckedPanel extends Pick<PanelResult, 'panelId' | 'title' | 'refId' | 'state' | 'detail'> {
  readonly dashboard: string;
}

export interface Checked {
  readonly panels: readonly CheckedPanel[];
  readonly live: number;
  /** Event-only, and the event did not happen: neither defect nor proof. */
  readonly idle: number;
  readonly defects: number;
}

export interface Minutes {
  readonly prometheusUrl: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export async function checkDashboards(minutes: Minutes): Promise<Checked> {
  const generated = generate();
  const panels: CheckedPanel[] = [];
  // One dashboard after the other; each asks several queries at once, and that is load enough.
  for (const board of boards) {
    const dashboard = dashboardUids[board.name];
    const results = await liveCheck({
      ...minutes,
      dashboard: JSON.parse(generated.get(`${dashboard}.json`)!) as unknown,
      expected: queriesOf(board),
    });
    for (const { panelId, title, refId, state, detail } of results)
      panels.push({ dashboard, panelId, title, refId, state, detail });
  }
  const count = (held: (one: CheckedPanel) => boolean) => panels.filter(held).length;
  return {
    panels,
    live: count(({ state }) => state === 'live'),
    idle: count(({ state }) => state === 'idle'),
    defects: count(isDefect),
  };
}

export function checkedText({ panels, live, idle, defects }: Checked): string {
  const lines = panels
    .filter(({ state }) => state !== 'live')
    .map((one) => {
      const mark = isDefect(one) ? 'dead' : 'idle';
      return `${mark}  ${one.dashboard} ${one.panelId}${one.refId} “${one.title}”: ${one.detail}`;
    });
  return [...lines, `${live} queries live, ${idle} wait for their event, ${defects} dead`].join('\n');
}
