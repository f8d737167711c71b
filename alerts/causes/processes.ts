// Processes that do not answer: what they counted nobody counts, so nothing else can say it.
import { serviceNames } from '../../core/telemetry/metrics/metric.ts';
import { targetUp } from '../../core/telemetry/metrics/scrape.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { CauseAlert } from './cause.ts';

/**
 * A minute, so that a process which comes and goes faster is not taken for a healthy one; and down for most of it, so that a
 * restart is not taken for an outage. Still sooner than the first objective is missed.
 */
export const downLimit = { windowSeconds: 60, minShareUp: 0.5 } as const;

const upShare = `avg_over_time(${selector(targetUp, {}, { extra: [`job=~"${serviceNames.join('|')}"`] })}[${downLimit.windowSeconds}s])`;

const down = {
  // A process whose first scrape failed has been down for all of what is known of it.
  forSeconds: 8,
  rateWindowSeconds: downLimit.windowSeconds,
  team: 'platform',
  dashboard: 'saturation',
} as const;

const percentUp = '{{ $value | humanizePercentage }}';

export const processCauses: readonly CauseAlert[] = [
  {
    ...down,
    name: 'ServiceDown',
    expr: `max by (job) (${upShare}) < ${downLimit.minShareUp}`,
    severity: 'page',
    summary: 'A service does not run.',
    description: `The best process of {{ $labels.job }} answered ${percentUp} of the scrapes of the last minute: none runs, or they crash as often as they start. Nothing that {{ $labels.job }} counts is counted, so its objectives are silent.`,
  },
  {
    ...down,
    name: 'ProcessDown',
    expr: `${upShare} < ${downLimit.minShareUp}`,
    severity: 'ticket',
    summary: 'One of several processes does not run.',
    description: `{{ $labels.instance }} of {{ $labels.job }} answered ${percentUp} of the scrapes of the last minute. The others carry its load as long as they can.`,
  },
];
