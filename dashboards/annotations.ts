// What people did, marked on every dashboard: deploys and kill switches from what the processes tell, game days from what
// the drill posts to Grafana.
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { processStart } from '../core/telemetry/metrics/runtime.ts';
import { killSwitchActive } from '../core/telemetry/metrics/switches.ts';
import { selector } from '../core/telemetry/promql.ts';
import { datasource } from './panels.ts';

/** The drill posts its faults under it. */
export const gameDayTag = 'game-day';

/** Grafana's own store of annotations: what people and pipelines post with a tag. */
const posted = { type: 'grafana', uid: '-- Grafana --' } as const;

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
  tags: [gameDayTag],
  matchAny: true,
  limit: 100,
} as const;

const gameDays = annotation('Game days', 'purple')
  .datasource(posted)
  .target({ build: () => tagged as never });

export const annotations = () => [deploys, gameDays, switches];
