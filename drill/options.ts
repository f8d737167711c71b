// What a drill was asked for, made whole and checked before anything is started: a plan that cannot prove its alerts is
// refused here, not noticed minutes later.
import { alertTimings } from '../alerts/timings.ts';
import { type PlannedAlert, plan as planExperiment } from '../chaos/engine/plan.ts';
import type { Experiment } from '../chaos/experiments/experiment.ts';
import { experiments } from '../chaos/experiments/experiments.ts';
import { loadProfile } from '../loadtests/load-profile.ts';
import type { Profile } from '../loadtests/profile.ts';
import { intendedOrdersPerSecond } from '../loadtests/schedule.ts';
import { UsageError } from '../stack/usage-error.ts';
import type { Grafana } from './grafana.ts';
import { defaultScale, defaultSeed, layOut, type PlannedFault, plans, type TimePlan } from './plan.ts';
import { primedNamed } from './primed/named.ts';
import { primables, primedTimes } from './primed/planned.ts';
import type { PrimedDrill, PrimedTimes } from './primed/prime.ts';
import type { Sabotage } from './sabotage/sabotage.ts';
import { sabotageNamed } from './sabotage/sabotages.ts';

export interface DrillOptions {
  readonly short?: boolean | undefined;
  /** Orders per second at the peak, before scaling. */
  readonly peak?: number | undefined;
  readonly scale?: number | undefined;
  /** File of a recorded profile. */
  readonly profile?: string | undefined;
  readonly seed?: number | undefined;
  readonly sabotage?: string | undefined;
  /** Name of a slow alert, whose history is brought close to its threshold. */
  readonly primed?: string | undefined;
  /** Where evidence folders are made; `evidence` by default. */
  readonly out?: string | undefined;
  /** A collector that gets a copy of every span; they are judged here all the same. */
  readonly otlpEndpoint?: string | undefined;
  /** Where the faults of the game day are marked. */
  readonly grafana?: Grafana | null | undefined;
  /** Leave the run's directory with its logs. */
  readonly keep?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PlannedExperiment extends PlannedFault {
  readonly definition: Experiment;
  readonly alerts: readonly PlannedAlert[];
  /** How long after the start of its fault an alert is still waited for; absent: as long as an experiment settles. */
  readonly awaitSeconds?: number;
}

export interface DrillSettings {
  readonly plan: TimePlan;
  readonly profile: Profile;
  readonly peakOrdersPerSecond: number;
  readonly scale: number;
  readonly seed: number;
  readonly sabotage: Sabotage | null;
  readonly gameDay: readonly PlannedExperiment[];
  /** Instead of an ordinary game day; null for an ordinary one. */
  readonly primed: PrimedDrill | null;
}

/** Throws a UsageError that names every reason why the drill would prove nothing. */
export async function settle(options: DrillOptions): Promise<DrillSettings> {
  const plan: TimePlan = options.short === true ? plans.short : plans.default;
  const sabotage = options.sabotage === undefined ? null : sabotageNamed(options.sabotage);
  if (sabotage?.onlyPrimed === true && options.primed === undefined)
    throw new UsageError(`--sabotage ${sabotage.name} is found by a primed drill only: add --primed <alert>`);
  const profile = await loadProfile(options.profile);
  const load = {
    peakOrdersPerSecond: options.peak ?? plan.peakOrdersPerSecond,
    scale: options.scale ?? defaultScale,
  };
  const primed =
    options.primed === undefined ? null : primedNamed(options.primed, timesOf(plan, profile, load));
  return {
    plan,
    profile,
    ...load,
    seed: options.seed ?? defaultSeed,
    sabotage,
    gameDay: primed === null ? planGameDay(plan, profile, load) : [primedExperiment(primed, plan)],
    primed,
  };
}

interface Load {
  readonly peakOrdersPerSecond: number;
  readonly scale: number;
}

const curveOf = (plan: TimePlan, profile: Profile, load: Load) =>
  intendedOrdersPerSecond(profile, {
    ...load,
    durationSeconds: plan.replaySeconds,
    seed: 0,
    shape: plan.shape,
  });

const timesOf = (plan: TimePlan, profile: Profile, load: Load): PrimedTimes =>
  primedTimes(plan, load.peakOrdersPerSecond, curveOf(plan, profile, load));

/** What a drill with these options could prove by a primed history, and what it could not. */
export async function listPrimable({ short, peak, scale, profile }: DrillOptions) {
  const plan: TimePlan = short === true ? plans.short : plans.default;
  const load = { peakOrdersPerSecond: peak ?? plan.peakOrdersPerSecond, scale: scale ?? defaultScale };
  return primables(timesOf(plan, await loadProfile(profile), load));
}

function primedExperiment({ experiment, planned }: PrimedDrill, plan: TimePlan): PlannedExperiment {
  return {
    experiment: experiment.id,
    startSeconds: plan.leadSeconds,
    faultSeconds: Math.max(...Object.values(plan.faultSeconds)),
    definition: { ...experiment, expectAlerts: [planned.alert] },
    alerts: [planned],
    awaitSeconds: planned.budgetSeconds,
  };
}

export function planGameDay(plan: TimePlan, profile: Profile, load: Load): PlannedExperiment[] {
  const curve = curveOf(plan, profile, load);
  const reasons: string[] = [];
  const planned = layOut(
    plan,
    experiments.map((experiment) => experiment.id),
  ).map((fault, at): PlannedExperiment => {
    const definition = experiments[at]!;
    const result = planExperiment(definition, fault.faultSeconds, alertTimings(), {
      loadPerSecond: rateDuring(curve, plan.replaySeconds, fault),
      historyPerSecond: plan.historyOrdersPerSecond,
      warmup: {
        seconds: plan.baselineSeconds + fault.startSeconds,
        perSecond: load.peakOrdersPerSecond * load.scale,
      },
      scrapeSeconds: plan.scrapeSeconds,
    });
    if (result.kind === 'refused') reasons.push(...result.reasons);
    return { ...fault, definition, alerts: result.kind === 'planned' ? result.alerts : [] };
  });
  if (reasons.length > 0)
    throw new UsageError(
      `this drill could not prove its alerts:\n${reasons.map((r) => `  ${r}`).join('\n')}`,
    );
  return planned;
}

/** Orders per second in the quietest bin that the fault touches. */
function rateDuring(curve: readonly number[], totalSeconds: number, fault: PlannedFault): number {
  const binSeconds = totalSeconds / curve.length;
  const first = Math.floor(fault.startSeconds / binSeconds);
  const last = Math.floor((fault.startSeconds + fault.faultSeconds) / binSeconds);
  return Math.min(...curve.slice(first, Math.min(last + 1, curve.length)));
}
