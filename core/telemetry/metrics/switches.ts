// Kill switches: which dimensions have one on, and what it stopped.
import type { Metric } from './metric.ts';

export const switchDimensions = [
  'region',
  'payment_method',
  'shipping_method',
  'promotion',
  'provider',
] as const;

export const killSwitchActive = {
  type: 'gauge',
  name: 'kill_switch_active',
  unit: 'state',
  help: 'Kill switches that this process holds on, dry runs not among them.',
  labels: { dimension: switchDimensions },
  zeroAtBoot: true,
} as const satisfies Metric;

export const killSwitchCopyAge = {
  type: 'gauge',
  name: 'kill_switch_copy_age_seconds',
  unit: 'seconds',
  help: 'How long ago this process read the switches, at its last try; a switch turned on since is not known to it.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const killSwitchDecisions = {
  type: 'counter',
  name: 'kill_switch_decisions_total',
  unit: 'requests',
  help: 'Times a switch stopped something, or would have if its dry run were over.',
  labels: { dimension: switchDimensions, effect: ['stopped', 'would_stop'] },
  zeroAtBoot: true,
} as const satisfies Metric;
