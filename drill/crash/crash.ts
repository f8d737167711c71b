// `headroom crash`: processes killed, parts taken away, everybody pressing at once; then the ledgers are compared.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckResult, judge, type Verdict } from '../../loadtests/gate/verdict.ts';
import { stateDirectory } from '../../stack/places.ts';
import type { Progress } from '../../stack/progress.ts';
import { writeJson } from '../evidence.ts';
import type { MachineSample } from '../facts.ts';
import { readRows } from '../../chaos/append-log.ts';
import { watchMachine } from '../machine.ts';
import { machineChecks } from '../machine-checks.ts';
import { doubleSubmits } from './double-submits.ts';
import { kills } from './kills.ts';
import { lastUnits } from './last-units.ts';
import { type OutagePart, outage } from './outages.ts';
import type { Proof } from './proof.ts';
import { openScene, type Scene } from './scene.ts';

export interface CrashPlan {
  readonly kills?: number | undefined;
  readonly outages?: readonly OutagePart[] | undefined;
  readonly outageSeconds: number;
  readonly doubleSubmits?: number | undefined;
  /** Buyers of a twentieth as many units. */
  readonly buyers?: number | undefined;
  readonly perSecond: number;
  readonly seed: number;
}

export interface CrashResult {
  readonly verdict: Verdict;
  readonly exit_code: 0 | 1 | 3 | 4;
  readonly reasons: readonly CheckResult[];
  readonly proofs: readonly Proof[];
  readonly machine: readonly CheckResult[];
  readonly seed: number;
}

/** The must-hold list at its full size. */
export const wholePlan = {
  kills: 100,
  outages: ['redis', 'postgres'],
  outageSeconds: 60,
  doubleSubmits: 500,
  buyers: 2_000,
  perSecond: 10,
} as const satisfies Omit<CrashPlan, 'seed'>;

const buyersPerUnit = 20;
/** A wave that presses at once must be let in at once: the cap has a proof of its own, and it is not this one. */
const wholeWave = { MAX_IN_FLIGHT_SUBMISSIONS: '2000' };

export interface CrashOptions {
  readonly plan: CrashPlan;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly stateDirectory?: string | undefined;
}

export async function runCrash({ plan, progress, signal, ...place }: CrashOptions): Promise<CrashResult> {
  const state = place.stateDirectory ?? stateDirectory();
  await mkdir(state, { recursive: true });
  const scene = await openScene({
    progress,
    signal,
    stateDirectory: state,
    lastUnits: Math.ceil((plan.buyers ?? buyersPerUnit) / buyersPerUnit),
    shopEnvironment: wholeWave,
  });
  try {
    const { proofs, samples } = await watched(scene, () => prove(scene, plan));
    const result = resultOf(proofs, samples, plan.seed);
    await writeJson(state, 'crash.json', result);
    return result;
  } finally {
    progress.phase('stop');
    await scene.stop();
  }
}

/** What the machine was like meanwhile: a miss on a machine without headroom says nothing about the shop. */
async function watched(scene: Scene, work: () => Promise<Proof[]>) {
  const file = join(scene.ground.run.directory, 'machine.ndjson');
  const machine = await watchMachine(file);
  try {
    const proofs = await work();
    return { proofs, samples: (await readRows<MachineSample>(file)).rows };
  } finally {
    await machine.stop();
  }
}

/** One after the other in the same shop: each is judged with all that went before it in the ledgers. */
async function prove(scene: Scene, plan: CrashPlan): Promise<Proof[]> {
  const { perSecond, seed, outageSeconds: seconds } = plan;
  const proofs: Proof[] = [];
  if (plan.doubleSubmits !== undefined) proofs.push(await doubleSubmits(scene, plan.doubleSubmits));
  if (plan.buyers !== undefined) proofs.push(await lastUnits(scene, plan.buyers));
  for (const part of plan.outages ?? []) proofs.push(await outage(scene, { part, seconds, perSecond }));
  if (plan.kills !== undefined) proofs.push(await kills(scene, { kills: plan.kills, perSecond, seed }));
  return proofs;
}

function resultOf(proofs: readonly Proof[], samples: readonly MachineSample[], seed: number): CrashResult {
  const checks = proofs.flatMap((proof) => proof.checks);
  const missed = checks.some(({ kind, status }) => kind === 'objective' && status !== 'pass');
  // Only a miss can be the machine's doing; money and stock are right on any.
  const machine = missed ? machineChecks(samples, missed) : [];
  const { verdict, exitCode, reasons } = judge([...checks, ...machine]);
  return { verdict, exit_code: exitCode, reasons, proofs, machine, seed };
}

export function crashText({ verdict, reasons, proofs, seed }: CrashResult): string {
  const lines = proofs.flatMap(({ name, figures, checks }) => {
    const failed = checks.filter(({ status }) => status !== 'pass');
    const told = Object.entries(figures).map(([figure, value]) => `${figure.replaceAll('_', ' ')} ${value}`);
    return [
      `${name}: ${failed.length === 0 ? `${checks.length} checks hold` : `${failed.length} of ${checks.length} checks fail`}`,
      `  ${told.join(' · ')}`,
      ...failed.map(({ check, status, detail }) => `  ${status}: ${check}: ${detail}`),
    ];
  });
  const why = reasons[0] === undefined ? '' : `: ${reasons[0].check}, ${reasons[0].detail}`;
  return [...lines, '', `${verdict}${why} (seed ${seed})`].join('\n');
}
