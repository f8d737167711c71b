// Grafana's JSON of each kind of panel, so that a rate looks like a rate on every row of every dashboard.
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as statushistory from '@grafana/grafana-foundation-sdk/statushistory';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { dashboardUids } from '../alerts/links.ts';
import { describe, type Panel, refIdOf, type Row } from './board.ts';

/** Grafana's name for the variable that holds the data source. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's syntax
export const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

const columns = 24;
const panelHeight = 8;
const rowHeight = 1;

const formats = {
  table: prometheus.PromQueryFormat.Table,
  heat: prometheus.PromQueryFormat.Heatmap,
} as Partial<Record<Panel['kind'], prometheus.PromQueryFormat>>;

function targets(panel: Panel) {
  return panel.queries.map((query, index) => {
    const target = new prometheus.DataqueryBuilder()
      .refId(refIdOf(index))
      .datasource(datasource)
      .expr(query.expr)
      .legendFormat(query.legend);
    // A figure and a table are the values at the end of the range; a line needs the whole of it.
    if (panel.kind === 'figure' || panel.kind === 'table') target.instant();
    else target.range();
    const format = formats[panel.kind];
    if (format !== undefined) target.format(format);
    return query.exemplars ? target.exemplar(true) : target;
  });
}

function thresholds({ limit, bands }: Panel) {
  const builder = new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute);
  const [low, high] = limit?.badWhen === 'below' ? ['red', 'green'] : ['green', 'red'];
  const steps = bands?.map(({ from, color }) => ({ value: from, color })) ?? [];
  if (limit !== undefined) steps.push({ value: limit.value, color: high as 'red' });
  // The first step has no lower bound: Grafana wants null there.
  return builder.steps([{ value: null, color: low! }, ...steps]);
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
  if (panel.limit !== undefined || panel.bands !== undefined) {
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

/** Several queries become one row a series, a column a query. */
function rows(panel: Panel) {
  const several = panel.queries.length > 1;
  const named = panel.queries.map((query, index) => ({
    column: several ? `Value #${refIdOf(index)}` : 'Value',
    ...query,
  }));
  const builder = new table.PanelBuilder()
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, __name__: true, alertstate: true, instance: true, job: true },
        renameByName: Object.fromEntries(named.map(({ column, legend }) => [column, legend])),
      },
    });
  return named.reduce(
    (built, { legend, unit }) =>
      unit === undefined ? built : built.overrideByName(legend, [{ id: 'unit', value: unit }]),
    builder,
  );
}

const bandColors = () => new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds);

const states = () =>
  new statetimeline.PanelBuilder()
    .colorScheme(bandColors())
    .showValue(common.VisibilityMode.Never)
    .mergeValues(true);

const cells = () =>
  new statushistory.PanelBuilder().colorScheme(bandColors()).showValue(common.VisibilityMode.Never);

const heat = ({ unit }: Panel) =>
  new heatmap.PanelBuilder()
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .steps(64),
    )
    .yAxis(new heatmap.YAxisConfigBuilder().unit(unit));

const builders = { lines, figure, table: rows, states, cells, heat } as const;

/** Time range and variables go along, so that the reader sees the same minutes. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's syntax
const along = '${__url_time_range}&${__all_variables}';

function drillDown({ leadsTo }: Panel) {
  if (leadsTo === undefined) return [];
  const uid = dashboardUids[leadsTo];
  return [
    new dashboard.DashboardLinkBuilder('Look closer')
      .type(dashboard.DashboardLinkType.Link)
      .url(`/d/${uid}?${along}`),
  ];
}

function placed(panel: Panel, x: number, y: number, width: number) {
  return builders[panel.kind](panel)
    .id(panel.id)
    .title(panel.title)
    .description(describe(panel.about))
    .datasource(datasource)
    .unit(panel.unit)
    .thresholds(thresholds(panel))
    .targets(targets(panel))
    .links(drillDown(panel))
    .gridPos({ x, y, w: width, h: panelHeight });
}

/** Rows one under the other; the panels of a row share its width. */
export function layOut(builder: dashboard.DashboardBuilder, all: readonly Row[]): void {
  let y = 0;
  for (const row of all) {
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
