// Stock as it is read and reserved, as several dashboards show it.
import { atpRoutes, httpServerRequestDuration } from '../../core/telemetry/metrics/http.ts';
import { reservations } from '../../core/telemetry/metrics/inventory.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { badSharePanel, latencyPanel, ratePanel, slo } from '../red.ts';

const reads = selector(
  httpServerRequestDuration,
  { service: 'orders', http_route: atpRoutes },
  { suffix: '_count' },
);

export const atpPanels = (rate: number): readonly Panel[] => [
  ratePanel(
    rate,
    'ATP reads',
    {
      means: 'Availability reads by answer.',
      bad: '5xx: product pages show no stock.',
      act: 'look at the orders service; follow runbook InventoryReadBurn.',
    },
    reads,
    ['status_class'],
  ),
  badSharePanel(rate + 1, slo('inventory-read'), 'reads came late: follow runbook InventoryReadBurn.'),
  latencyPanel(
    rate + 2,
    'ATP read latency',
    slo('inventory-read'),
    'product pages wait: look at locks on hot articles.',
  ),
];

export const reservationResults = (id: number): Panel =>
  ratePanel(
    id,
    'Reservations by result',
    {
      means: 'Hard reservations at submission, and what became of them.',
      bad: 'voided and expired that grow are payments that failed; sold_out that grows alone is success.',
      act: 'look at the attempts; for a sell-out nobody expected, at the stock of the article.',
    },
    selector(reservations),
    ['result'],
  );
