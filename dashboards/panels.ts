// The kinds of panels there are, so that a rate looks like a rate on every row.
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Reactive } from './reactive.ts';

type Unit = 'reqps' | 'percentunit' | 's' | 'short';

export interface Query {
  readonly expr: string;
  readonly legend: string;
  readonly reactive?: Reactive;
  /** Ask for exemplars: the dots that lead to traces. */
  readonly exemplars?: boolean;
}

export interface Panel {
  /** Stable: links and alerts point at it. Never reused for another panel. */
  readonly id: number;
  readonly title: string;
  /** What it means, when it is bad, what to do. */
  readonly description: string;
  readonly kind: 'lines' | 'figure';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Where it turns red, from the objective; never typed twice. */
  readonly limit?: { readonly value: number; readonly badWhen: 'above' | 'below' };
}

export interface Row {
  readonly id: number;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Grafana's name for the variable that holds the data source. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's syntax
const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

const refIds = 'ABCDEFGH';
export const refIdOf = (index: number): string => refIds[index]!;

const columns = 24;
const panelHeight = 8;
const rowHeight = 1;

function targets(panel: Panel) {
  return panel.queries.map((query, index) => {
    const target = new prometheus.DataqueryBuilder()
      .refId(refIdOf(index))
      .datasource(datasource)
      .expr(query.expr)
      .legendFormat(query.legend);
    // A figure is the value at the end of the range; a line needs the whole of it.
    if (panel.kind === 'figure') target.instant();
    else target.range();
    return query.exemplars ? target.exemplar(true) : target;
  });
}

function thresholds({ limit }: Panel) {
  const builder = new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute);
  // The first step has no lower bound: Grafana wants null there.
  if (limit === undefined) return builder.steps([{ value: null, color: 'green' }]);
  const [low, high] = limit.badWhen === 'above' ? ['green', 'red'] : ['red', 'green'];
  return builder.steps([
    { value: null, color: low! },
    { value: limit.value, color: high! },
  ]);
}

function lines(panel: Panel) {
  const builder = new timeseries.PanelBuilder()
    .lineWidth(2)
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    );
  if (panel.limit !== undefined) {
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  // A remaining budget goes below nothing; every other quantity here starts at it.
  return panel.limit?.badWhen === 'below' ? builder : builder.min(0);
}

function figure() {
  return new stat.PanelBuilder()
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

function placed(panel: Panel, x: number, y: number, width: number) {
  const builder = panel.kind === 'lines' ? lines(panel) : figure();
  return builder
    .id(panel.id)
    .title(panel.title)
    .description(panel.description)
    .datasource(datasource)
    .unit(panel.unit)
    .thresholds(thresholds(panel))
    .targets(targets(panel))
    .gridPos({ x, y, w: width, h: panelHeight });
}

/** Rows one under the other; the panels of a row share its width. */
export function layOut(builder: dashboard.DashboardBuilder, rows: readonly Row[]): void {
  let y = 0;
  for (const row of rows) {
    builder.withRow(
      new dashboard.RowBuilder(row.title).id(row.id).gridPos({ x: 0, y, w: columns, h: rowHeight }),
    );
    y += rowHeight;
    const width = columns / row.panels.length;
    row.panels.forEach((panel, index) => {
      builder.withPanel(placed(panel, index * width, y, width));
    });
    y += panelHeight;
  }
}
