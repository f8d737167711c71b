// Time plans of a drill as data, and the arithmetic that lays the game day into the replay.

export const phaseNames = [
  'boot',
  'history',
  'prewarm',
  'baseline',
  'replay',
  'game-day',
  'settle',
  'aftermath',
  'collect',
] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface TimePlan {
  readonly mode: 'default' | 'short';
  readonly prewarmSeconds: number;
  readonly baselineSeconds: number;
  /** Long enough for every experiment with its lead and gap, and for the samples of a p99. */
  readonly replaySeconds: number;
  /** Replay that runs undisturbed before the first fault, so that the steady state is seen at full load. */
  readonly leadSeconds: number;
  /** Length of each experiment's fault, by experiment id. */
  readonly faultSeconds: Readonly<Record<string, number>>;
  /** Undisturbed replay between two faults and after the last: alerts resolve, breakers close. */
  readonly gapSeconds: number;
  /** Longest wait for queues to drain and unknown payments to be resolved; past it the run is inconclusive. */
  readonly drainSeconds: number;
  /** Orders per second of the synthetic history; fewer make a burn alert faster, because history dilutes the long window. */
  readonly historyOrdersPerSecond: number;
  readonly scrapeSeconds: number;
  /** Before scaling: 14 × 1.5 = 21 orders/s are replayed by default. */
  readonly peakOrdersPerSecond: number;
  /** `recorded` follows the busiest hours of the recorded day; a short run has time for its peak only. */
  readonly shape: 'recorded' | 'flat';
  /** Share of ordering sessions that want an item which sells out in this run. */
  readonly scarceShare: number;
}

export const plans = {
  default: {
    mode: 'default',
    prewarmSeconds: 6,
    baselineSeconds: 60,
    replaySeconds: 240,
    leadSeconds: 45,
    faultSeconds: { 'provider-timeout': 60, 'both-psps-down': 60 },
    gapSeconds: 36,
    drainSeconds: 60,
    historyOrdersPerSecond: 5,
    scrapeSeconds: 2,
    peakOrdersPerSecond: 14,
    shape: 'recorded',
    scarceShare: 0.04,
  },
  // 1,000 submissions outside the faults decide on 99.9 %: the same rate as the default, flat at its peak,
  // is as much as two cores bear with a third to spare.
  short: {
    mode: 'short',
    prewarmSeconds: 2,
    baselineSeconds: 20,
    replaySeconds: 98,
    leadSeconds: 17,
    faultSeconds: { 'provider-timeout': 19, 'both-psps-down': 17 },
    gapSeconds: 21,
    drainSeconds: 30,
    historyOrdersPerSecond: 1,
    scrapeSeconds: 1,
    peakOrdersPerSecond: 14,
    shape: 'flat',
    scarceShare: 0.04,
  },
} as const satisfies Record<string, TimePlan>;

export const defaultScale = 1.5;
export const defaultSeed = 20_111_205;

export interface PlannedFault {
  readonly experiment: string;
  /** Seconds from the start of the replay. */
  readonly startSeconds: number;
  readonly faultSeconds: number;
}

/** When each experiment's fault starts within the replay; throws when they do not fit, which is a bug of the plan. */
export function layOut(plan: TimePlan, experiments: readonly string[]): PlannedFault[] {
  let at = plan.leadSeconds;
  const planned = experiments.map((experiment): PlannedFault => {
    const faultSeconds = plan.faultSeconds[experiment];
    if (faultSeconds === undefined)
      throw new Error(`the ${plan.mode} plan has no fault length for ${experiment}`);
    const startSeconds = at;
    at += faultSeconds + plan.gapSeconds;
    return { experiment, startSeconds, faultSeconds };
  });
  if (at > plan.replaySeconds)
    throw new Error(`the game day needs ${at} s, the ${plan.mode} replay lasts ${plan.replaySeconds} s`);
  return planned;
}
