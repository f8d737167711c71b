// What the drill itself writes down, as schemas: the judge reads these files and nothing else, in a live drill and in
// `headroom verify` alike. Facts only; whether they are good enough is decided in judge.ts.
import { z } from 'zod';
import { phaseNames } from './plan.ts';

const epochMs = z.number().min(0);

/** A history brought close to the threshold of one alert: such a run speaks of that alert, and of no release. */
const primedFacts = z.object({
  alert: z.string().min(1),
  /** How close to its threshold the history was. */
  share_of_threshold: z.number(),
  /** Bad share that the alert waits for, and the one of each objective in the history. */
  threshold: z.number(),
  bad_share: z.record(z.string(), z.number()),
  window_seconds: z.number(),
  orders_per_second: z.number(),
  /** From the first bite to the webhook, by arithmetic. */
  computed_seconds: z.number(),
  /** Other alerts on a budget that the fault may take over as well. */
  also: z.array(z.string()),
});
export type PrimedFacts = z.infer<typeof primedFacts>;

export const runFacts = z.object({
  schema: z.literal(1),
  run_id: z.string().min(1),
  mode: z.enum(['default', 'short']),
  sabotage: z.string().nullable(),
  /** Absent in an ordinary drill. */
  primed: primedFacts.optional(),
  seed: z.number().int(),
  peak_orders_per_second: z.number().positive(),
  scale: z.number().positive(),
  profile: z.object({
    name: z.string(),
    hash: z.string(),
    day: z.string(),
    title: z.string(),
    attribution: z.string(),
    recorded_peak_orders_per_minute: z.number().positive(),
  }),
  started_ms: epochMs,
  ended_ms: epochMs,
  /** Why the run ended before its last phase; null for a whole run. */
  ended_early: z.string().nullable(),
  phases: z.array(z.object({ name: z.enum(phaseNames), started_ms: epochMs, ended_ms: epochMs.nullable() })),
  environment: z.record(z.string(), z.string()),
});
export type RunFacts = z.infer<typeof runFacts>;

export const alertDelivery = z.object({
  /** When the webhook arrived, by the runner's clock. */
  received_ms: epochMs,
  status: z.enum(['firing', 'resolved']),
  fingerprint: z.string(),
  name: z.string(),
  starts_ms: epochMs,
  labels: z.record(z.string(), z.string()),
});
export type AlertDelivery = z.infer<typeof alertDelivery>;

export const experimentFacts = z.object({
  id: z.string(),
  hypothesis: z.string(),
  customers_still_can: z.string(),
  runbook: z.string(),
  status: z.enum(['completed', 'aborted', 'failed', 'interrupted']),
  reason: z.string(),
  /** The engine's own judgement: aborted on a broken promise is false, cut short is unknown. */
  held: z.enum(['true', 'false', 'unknown']),
  /** Whether every probe held before the fault; null when it could not be measured. */
  steady_before: z.boolean().nullable(),
  injected_ms: epochMs.nullable(),
  undone_ms: epochMs.nullable(),
  /** The lab was asked after the undo and lists none of the faults as live. */
  undo_verified: z.boolean(),
  first_bite_ms: epochMs.nullable(),
  last_bite_ms: epochMs.nullable(),
  bites: z.number().int().min(0),
  min_bites: z.number().int().min(1),
  expected: z.array(
    z.object({
      name: z.string(),
      labels: z.record(z.string(), z.string()),
      /** Time to detect by arithmetic, and what the run is held to (chaos/engine/plan.ts says how one makes the other). */
      computed_seconds: z.number().positive(),
      budget_seconds: z.number().positive(),
    }),
  ),
  must_stay_silent: z.array(z.string()),
});
export type ExperimentFacts = z.infer<typeof experimentFacts>;

export const machineSample = z.object({
  at_ms: epochMs,
  /** Share of all cores that was not idle since the sample before; one that waits for a disk is not idle. */
  busy: z.number(),
  steal: z.number(),
  loop_delay_ms: z.number(),
  /** Wall clock minus monotonic clock, change since the sample before. */
  clock_step_ms: z.number(),
  /** Share of the second in which some task waited for a processor, for a disk, or for its quota. Absent where the system does not tell. */
  cpu_stall: z.number().optional(),
  io_stall: z.number().optional(),
  throttled: z.number().optional(),
});
export type MachineSample = z.infer<typeof machineSample>;

export const queueFacts = z.object({
  waited_seconds: z.number(),
  drained: z.boolean(),
  /** What was still there when the wait ended. */
  left: z.record(z.string(), z.number()),
});
export type QueueFacts = z.infer<typeof queueFacts>;

/** Events of every SLO since the services started, read from their own counters every few seconds. */
export const sliSample = z.object({
  at_ms: epochMs,
  counts: z.record(z.string(), z.object({ total: z.number().min(0), bad: z.number().min(0) })),
});
export type SliSample = z.infer<typeof sliSample>;

export const panelFacts = z.object({
  panel: z.string(),
  /** Absent in older evidence, as are the letter and the dashboard. */
  panel_id: z.number().int().optional(),
  ref_id: z.string().optional(),
  query: z.string(),
  live: z.boolean(),
  detail: z.string(),
  dashboard: z.string().optional(),
  /** Shows something only after an event that this run did not have: neither dead nor proven. */
  waiting: z.boolean().optional(),
});
export type PanelFacts = z.infer<typeof panelFacts>;

/** As a person finds it: `payments 103A “Declined share”`. */
export function queryTitle({ dashboard, panel, panel_id, ref_id }: PanelFacts): string {
  const number = panel_id === undefined ? undefined : `${panel_id}${ref_id ?? ''}`;
  return [dashboard, number, `“${panel}”`].filter((part) => part !== undefined).join(' ');
}

/** What the panels of the dashboards in the report drew: [seconds since `from_ms`, value]. */
export const chartFacts = z.object({
  from_ms: epochMs,
  to_ms: epochMs,
  queries: z.array(
    z.object({
      dashboard: z.string(),
      panel_id: z.number().int(),
      ref_id: z.string(),
      series: z.array(z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })),
    }),
  ),
});
export type ChartFacts = z.infer<typeof chartFacts>;

export const historyFacts = z.object({
  ok: z.boolean(),
  detail: z.string(),
  series: z.number().int().min(0),
  orders_per_second: z.number(),
});
export type HistoryFacts = z.infer<typeof historyFacts>;

export const spanFacts = z.object({
  received: z.number().int(),
  dropped: z.number().int(),
  /** Set when spans went to a collector of the user's instead, so that they cannot be judged here. */
  elsewhere: z.string().nullable(),
});
export type SpanFacts = z.infer<typeof spanFacts>;
