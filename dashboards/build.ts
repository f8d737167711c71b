// A board as Grafana loads it: what every dashboard has in common.
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { dashboardUids } from '../alerts/links.ts';
import { processStart } from '../core/telemetry/metrics/runtime.ts';
import { killSwitchActive } from '../core/telemetry/metrics/switches.ts';
import { selector } from '../core/telemetry/promql.ts';
import type { Board, Choice } from './board.ts';
import { datasource, layOut } from './panels.ts';

const commonTag = 'headroom';

/** Grafana's own store of annotations: what people and pipelines post with a tag. */
const posted = { type: 'grafana', uid: '-- Grafana --' } as const;

const choose = ({ label, title, values }: Choice) =>
  new dashboard.CustomVariableBuilder(label)
    .label(title)
    .values(values.join(','))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });

const annotation = (name: string, color: string) =>
  new dashboard.AnnotationQueryBuilder().name(name).enable(true).iconColor(color);

const fromPrometheus = (name: string, color: string, expr: string, title: string) =>
  annotation(name, color)
    .datasource(datasource)
    .expr(expr)
    .titleFormat(title)
    .target(new prometheus.DataqueryBuilder().refId('Anno').expr(expr).range());

/** A process that starts is a deploy, or a crash that wants to be seen; the sample is the time it happened. */
const deploys = fromPrometheus(
  'Deploys and restarts',
  'blue',
  `max by (job) (${selector(processStart)}) * 1000`,
  '{{job}} started',
).useValueForTime(true);

const switches = fromPrometheus(
  'Kill switches',
  'orange',
  `max by (dimension) (${selector(killSwitchActive)}) > 0`,
  'kill switch on: {{dimension}}',
);

const tagged = {
  refId: 'Anno',
  type: 'tags',
  tags: ['game-day'],
  matchAny: true,
  limit: 100,
} as const;

const gameDays = annotation('Game days', 'purple')
  .datasource(posted)
  .target({ build: () => tagged as never });

export function buildDashboard(board: Board): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(board.title)
    .uid(dashboardUids[board.name])
    .description(board.description)
    .tags([commonTag, board.name])
    .readonly()
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(
      new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    )
    .annotations([deploys, gameDays, switches])
    .link(
      new dashboard.DashboardLinkBuilder('Headroom')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([commonTag])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  for (const choice of board.choices) builder.withVariable(choose(choice));
  layOut(builder, board.rows);
  return builder.build();
}
