// The dashboards of the report: the layout from the JSON that Grafana loads, the lines from what the run's Prometheus
// answered. Nothing is asked again here, so that the page can be drawn years later.
import { z } from 'zod';
import { dashboardUids } from '../../alerts/links.ts';
import type { ChartFacts } from '../facts.ts';

/** In this order. */
export const drawnInReport = [dashboardUids.verdict, dashboardUids.checkout] as const;

const steps = z.array(z.object({ value: z.number().nullable(), color: z.string() }));

export const grafanaDashboard = z.object({
  title: z.string(),
  description: z.string().default(''),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string().default(''),
      description: z.string().default(''),
      gridPos: z.object({ w: z.number() }),
      targets: z.array(z.object({ refId: z.string() })).default([]),
      fieldConfig: z
        .object({
          defaults: z.object({
            unit: z.string().default('short'),
            thresholds: z.object({ steps }).default({ steps: [] }),
          }),
        })
        .optional(),
    }),
  ),
});
export type GrafanaDashboard = z.infer<typeof grafanaDashboard>;

export interface DrawnSeries {
  readonly name: string;
  /** [seconds from the start of the run, value] */
  readonly points: readonly (readonly [number, number])[];
}

export interface DrawnPanel {
  readonly id: number;
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  /** Share of the row, in twenty-fourths. */
  readonly width: number;
  readonly unit: string;
  /** Where a colour begins; the first has no lower end. */
  readonly bands: readonly { readonly from: number | null; readonly color: string }[];
  readonly series: readonly DrawnSeries[];
}

export interface DrawnDashboard {
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly DrawnPanel[] }[];
}

export function drawDashboard(
  uid: string,
  dashboard: GrafanaDashboard,
  charts: ChartFacts,
  startedMs: number,
): DrawnDashboard {
  const shift = (charts.from_ms - startedMs) / 1_000;
  const own = charts.queries.filter((query) => query.dashboard === uid);
  const rows: { title: string; panels: DrawnPanel[] }[] = [];
  for (const panel of dashboard.panels) {
    if (panel.type === 'row') {
      rows.push({ title: panel.title, panels: [] });
      continue;
    }
    const { unit = 'short', thresholds = { steps: [] } } = panel.fieldConfig?.defaults ?? {};
    const series = panel.targets.flatMap(({ refId }) =>
      own
        .filter((query) => query.panel_id === panel.id && query.ref_id === refId)
        .flatMap((query) => query.series),
    );
    rows.at(-1)?.panels.push({
      id: panel.id,
      kind: panel.type,
      title: panel.title,
      description: panel.description,
      width: panel.gridPos.w,
      unit,
      bands: thresholds.steps.map(({ value, color }) => ({ from: value, color })),
      series: series.map(({ name, points }) => ({
        name,
        points: points.map(([at, value]) => [at + shift, value] as const),
      })),
    });
  }
  return { title: dashboard.title, description: dashboard.description, rows };
}
