// Outbox and queues, as several dashboards show them.
import { outboxAgeLimitSeconds } from '../../alerts/causes.ts';
import { outboxOldestAge, outboxPending, queueJobs } from '../../core/telemetry/metrics/pipeline.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { latencyPanel, slo } from '../red.ts';

export const pendingEvents = (id: number): Panel => ({
  id,
  title: 'Outbox: pending events',
  about: {
    means: 'Events committed and not yet published.',
    bad: 'a ramp: the relay stands. A saw-tooth is healthy.',
    act: 'follow runbook OutboxStalled.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: `max(${selector(outboxPending)})`, legend: 'pending' }],
  leadsTo: 'orders',
});

export const oldestEvent = (id: number): Panel => ({
  id,
  title: 'Outbox: oldest event',
  about: {
    means: 'Age of the oldest event that is not published.',
    bad: `above the dashed line (${outboxAgeLimitSeconds} s), where the alert speaks.`,
    act: 'follow runbook OutboxStalled.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: `max(${selector(outboxOldestAge)})`, legend: 'age' }],
  limit: { value: outboxAgeLimitSeconds, badWhen: 'above' },
});

export const jobs = (id: number): Panel => ({
  id,
  title: 'Queue jobs by state',
  about: {
    means: 'Jobs of each queue, by what they are about to do.',
    bad: 'waiting that grows (too few workers), delayed that grows (what they call refuses), failed at all.',
    act: 'follow runbook DeadLetterPresent for failed; else add workers.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: `max by (queue, state) (${selector(queueJobs)})`, legend: '{{queue}} {{state}}' }],
  leadsTo: 'orders',
});

export const eventHandled = (id: number): Panel =>
  latencyPanel(
    id,
    'Event handled',
    slo('pipeline-freshness'),
    'from commit to the last consumer done; follow runbook PipelineFreshnessBurn.',
  );

export const confirmationSent = (id: number): Panel =>
  latencyPanel(
    id,
    'Confirmation sent',
    slo('notification'),
    'from the order authorised to its mail accepted by SMTP; follow runbook NotificationBurn.',
  );
