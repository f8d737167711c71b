// Checkout overview: one row a step in the order a request takes, the verdict first, what explains it last.
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { checkoutDashboardUid } from '../alerts/links.ts';
import { orderRows } from './order-rows.ts';
import { layOut, refIdOf } from './panels.ts';
import type { Reactive } from './reactive.ts';
import { shopperRows } from './shopper-rows.ts';

export const checkoutRows = [...shopperRows, ...orderRows];

export function checkoutDashboard(): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder('Checkout overview')
    .uid(checkoutDashboardUid)
    .description('From the cart to the confirmation: is it working, who is affected, where is it stuck.')
    .tags(['headroom', 'checkout'])
    .readonly()
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(
      new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    );
  layOut(builder, checkoutRows);
  return builder.build();
}

export interface PanelQuery {
  readonly panelId: number;
  readonly title: string;
  readonly refId: string;
  readonly expr: string;
  readonly reactive?: Reactive;
}

/** Every query of the dashboard with what it must do in a run. From the code, so that an edited JSON cannot lower it. */
export const checkoutQueries: readonly PanelQuery[] = checkoutRows.flatMap((row) =>
  row.panels.flatMap((panel) =>
    panel.queries.map(({ expr, reactive }, index) => ({
      panelId: panel.id,
      title: panel.title,
      refId: refIdOf(index),
      expr,
      ...(reactive === undefined ? {} : { reactive }),
    })),
  ),
);
