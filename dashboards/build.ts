// A board as Grafana loads it: what every dashboard has in common.
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardUids } from '../alerts/links.ts';
import { annotations } from './annotations.ts';
import type { Board, Choice } from './board.ts';
import { layOut } from './panels.ts';

const commonTag = 'headroom';

const choose = ({ label, title, values }: Choice) =>
  new dashboard.CustomVariableBuilder(label)
    .label(title)
    .values(values.join(','))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });

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
    .annotations(annotations())
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
