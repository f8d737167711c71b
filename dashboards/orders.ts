// Orders and pipeline: from the order stored to the parcel sent, and everything that waits in between.
import { queueWaitLimitSeconds } from '../alerts/causes/pipeline.ts';
import { httpServerRequestDuration } from '../core/telemetry/metrics/http.ts';
import { fulfilmentOpenParcels, fulfilmentWaiting } from '../core/telemetry/metrics/orders.ts';
import { queueJobs, queuePaused, queueWait } from '../core/telemetry/metrics/pipeline.ts';
import { quantile, selector } from '../core/telemetry/promql.ts';
import type { Board, Panel } from './board.ts';
import { waitsFor } from './reactive.ts';
import { badSharePanel, heatPanel, rateInterval, ratePanel, slo } from './red.ts';
import { approvedToStored, transitions } from './shared/orders.ts';
import { confirmationSent, eventHandled, jobs, oldestEvent, pendingEvents } from './shared/pipeline.ts';
import { invariantsBroken } from './shared/truth.ts';

const placing = {
  service: 'orders',
  http_route: ['/internal/v1/orders', '/internal/v1/orders/:id/events'],
} as const;

const calls = ratePanel(
  201,
  'Calls to place and to confirm',
  {
    means: 'What the checkout asks of the orders service, by answer.',
    bad: '5xx: orders are lost to us or to the shopper.',
    act: 'look at the log of orders; follow runbook OrderCreationBurn.',
  },
  selector(httpServerRequestDuration, placing, { suffix: '_count' }),
  ['http_route', 'status_class'],
);

const callLatency: Panel = {
  id: 202,
  title: 'Latency of those calls, p95',
  about: {
    means: 'The 95th percentile by route.',
    bad: 'rising while the database is calm: locks on hot articles.',
    act: 'compare with the inventory dashboard.',
  },
  kind: 'lines',
  unit: 's',
  queries: [
    {
      expr: quantile(0.95, httpServerRequestDuration, rateInterval, placing, ['http_route']),
      legend: '{{http_route}}',
      exemplars: true,
    },
  ],
  leadsTo: 'inventory',
};

const callHeat = heatPanel(
  203,
  'Latency of those calls, every bucket',
  {
    means: 'How many calls took how long; the dots lead to traces.',
    bad: 'a second band above the first.',
    act: 'open a dot of the upper band.',
  },
  httpServerRequestDuration,
  placing,
);

const waiting: Panel = {
  id: 402,
  title: 'Jobs that do not move',
  about: {
    means:
      'Delayed jobs are tried again later, failed ones have given up; paused is 1 while nobody may take any.',
    bad: 'delayed that grows, any failed one, or a pause that does not end.',
    act: 'headroom dlq list and headroom queue list; follow runbook DeadLetterPresent or QueuePaused.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max by (queue, state) (${selector(queueJobs, { state: ['delayed', 'failed'] })})`,
      legend: '{{queue}} {{state}}',
      reactive: waitsFor('a job is refused by what it calls'),
    },
    {
      expr: `max by (queue) (${selector(queuePaused)})`,
      legend: '{{queue}} paused',
      reactive: waitsFor('a queue is paused'),
    },
  ],
  limit: { value: 1, badWhen: 'above' },
};

const queueDelay: Panel = {
  id: 403,
  title: 'Wait in the queue, p95',
  about: {
    means: 'From job added to job started.',
    bad: `rising towards the dashed line (${queueWaitLimitSeconds} s): too few workers for what comes in.`,
    act: 'follow runbook QueueSlow.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: quantile(0.95, queueWait, rateInterval, {}, ['queue']), legend: '{{queue}}' }],
  limit: { value: queueWaitLimitSeconds, badWhen: 'above' },
  leadsTo: 'saturation',
};

const fulfilment: Panel = {
  id: 601,
  title: 'Orders due for a step',
  about: {
    means: 'Orders whose capture, packing, hand-over or undoing is due and not done.',
    bad: 'a step that only grows: what it calls refuses, or the cap on open parcels is reached.',
    act: 'look at the captures by outcome and at the log of workers.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max by (step) (${selector(fulfilmentWaiting)})`,
      legend: '{{step}}',
      reactive: waitsFor('an order gets old enough to be sent, or is undone'),
    },
  ],
  leadsTo: 'reconciliation',
};

const parcels: Panel = {
  id: 602,
  title: 'Open parcels',
  about: {
    means: 'Parcels made and not handed over; at the cap nothing more is captured.',
    bad: 'flat at its highest: the carrier does not come.',
    act: 'ask the warehouse; buyers are not charged meanwhile.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max(${selector(fulfilmentOpenParcels)})`,
      legend: 'open',
      reactive: waitsFor('an order is packed'),
    },
  ],
};

export const orders: Board = {
  name: 'orders',
  title: 'Orders and pipeline',
  description: 'From the order stored to the parcel sent, and everything that waits in between.',
  choices: [],
  rows: [
    {
      id: 100,
      title: 'Order health',
      panels: [
        transitions(101),
        badSharePanel(102, slo('order-creation'), 'follow runbook OrderCreationBurn.'),
        approvedToStored(103),
      ],
    },
    { id: 200, title: 'Orders service', panels: [calls, callLatency, callHeat] },
    {
      id: 300,
      title: 'Outbox',
      panels: [
        pendingEvents(301),
        oldestEvent(302),
        badSharePanel(303, slo('pipeline-freshness'), 'follow runbook PipelineFreshnessBurn.'),
        eventHandled(304),
      ],
    },
    {
      id: 400,
      title: 'Queues and dead letters',
      panels: [jobs(401), waiting, queueDelay, invariantsBroken(404, 'Dead letters', ['dead_letter'])],
    },
    {
      id: 500,
      title: 'Confirmation',
      panels: [
        badSharePanel(501, slo('notification'), 'follow runbook NotificationBurn.'),
        confirmationSent(502),
      ],
    },
    { id: 600, title: 'Fulfilment', panels: [fulfilment, parcels] },
  ],
};
