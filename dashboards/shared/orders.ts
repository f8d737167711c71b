// The order and its books, as several dashboards show them.
import { orderTransitions } from '../../core/telemetry/metrics/orders.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { latencyPanel, ratePanel, slo } from '../red.ts';

export const transitions = (id: number): Panel =>
  ratePanel(
    id,
    'Order transitions by state entered',
    {
      means: 'Orders entering each state.',
      bad: 'pending_payment without authorized behind it: payments do not come back.',
      act: 'look at the attempts; follow runbook OrderCreationBurn.',
    },
    selector(orderTransitions),
    ['to'],
  );

export const approvedToStored = (id: number): Panel =>
  latencyPanel(
    id,
    'Approved to stored',
    slo('order-creation'),
    'money is ahead of our books: follow runbook OrderCreationBurn.',
  );
