// The acts of a drill: those beside the load while it lasts, the others after it, and what its shoppers were told.
import { rateIntervalSeconds } from '../../dashboards/variables.ts';
import type { Booted } from '../boot.ts';
import type { Diary } from '../diary.ts';
import { files, writeJson } from '../evidence.ts';
import type { Act } from './act.ts';
import type { ActFacts } from './facts.ts';
import { playAll } from './play.ts';
import { openScene, recordsFile, writeTold } from './scene.ts';

export interface Aftermath {
  besideTheLoad(signal: AbortSignal): Promise<void>;
  afterTheLoad(signal: AbortSignal): Promise<void>;
  /** What became of each so far. */
  played(): readonly ActFacts[];
  /** NDJSON of ShopperRecord, written by then. */
  readonly recordsFile: string;
  close(): Promise<void>;
}

/** What the shop is started with, so that the acts have their effect and the load meets none of it. */
export const aftermathEnvironment = {
  // An act may say which client it is; who says nothing is the load, and is not limited.
  TRUSTED_PROXIES: '127.0.0.1',
  // A parcel is seen open before the warehouse hands it over. Orders of the load are too young to be packed.
  CARRIER_HANDOVER: 'manual',
} as const;

export async function openAftermath(
  acts: readonly Act[],
  stage: {
    readonly dir: string;
    readonly runId: string;
    readonly booted: Booted;
    readonly diary: Diary;
    readonly seed: number;
    readonly scrapeSeconds: number;
    readonly loadFromMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Aftermath> {
  const { dir } = stage;
  const panelsLookFromMs = stage.loadFromMs + rateIntervalSeconds * 1_000;
  const scene = await openScene({ ...stage, panelsLookFromMs });
  const facts: ActFacts[] = [];
  const play = async (when: Act['when'], signal: AbortSignal) => {
    const due = acts.filter((act) => act.when === when);
    try {
      facts.push(...(await playAll(due, { ...scene, signal })));
    } finally {
      await writeTold(dir, scene.told);
      await writeJson(dir, files.aftermath, facts);
    }
  };
  return {
    besideTheLoad: (signal) => play('beside the load', signal),
    afterTheLoad: (signal) => play('after the load', signal),
    played: () => facts,
    recordsFile: recordsFile(dir),
    close: scene.close,
  };
}
