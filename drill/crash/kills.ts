// Processes of the shop killed at random under load, each started again at once.
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../loadtests/profile.ts';
import { startCrowd } from './crowd.ts';
import { finalWithinSeconds, loadCheck, settledChecks, toldCheck } from './judge.ts';
import { distinctMails, ledgerChecks, readLedgers } from './ledgers.ts';
import { proved, type Proof } from './proof.ts';
import type { Scene, Slot } from './scene.ts';
import { settled } from './settled.ts';

export interface KillOptions {
  readonly kills: number;
  readonly perSecond: number;
  readonly seed: number;
}

// Up to so long between a restart and the next kill: now and then the next one falls into a start, now and then into calm.
const longestPauseMs = 1_000;

export async function kills(scene: Scene, { kills: count, perSecond, seed }: KillOptions): Promise<Proof> {
  const { progress, signal, slots, told } = scene;
  progress.phase(`kill ${count} processes at random under ${perSecond} checkouts/s`);
  const random = seededRandom(seed);
  const before = told.length;
  const crowd = startCrowd(scene, 'kills', perSecond);
  let interrupted = 0;
  let recoveredMs = Date.now();
  try {
    // The first kill must find orders under way.
    await pause(1_000, undefined, { signal });
    for (let kill = 1; kill <= count; kill++) {
      signal.throwIfAborted();
      const slot = slots[Math.floor(random() * slots.length)]!;
      const running = crowd.underWay;
      await replace(slot);
      recoveredMs = Date.now();
      if (running > 0) interrupted += 1;
      progress.status(`${kill} of ${count} killed, the last was ${slot.running.name}`);
      await pause(random() * longestPauseMs, undefined, { signal });
    }
  } finally {
    await crowd.leave();
  }
  progress.phase('settle after the kills');
  const queues = await settled(scene, recoveredMs, finalWithinSeconds);
  const ledgers = await readLedgers(scene);
  const mine = told.slice(before);
  const placed = mine.filter(({ outcome }) => outcome === 'placed').length;
  const { sentAgain } = distinctMails(ledgers.mailbox);
  return {
    name: 'kills',
    figures: {
      kills: count,
      kills_under_load: interrupted,
      placed,
      told: mine.length,
      presses: crowd.tries.length,
      failed_presses: crowd.tries.filter(({ outcome }) => outcome === 'unknown' || outcome === 'error')
        .length,
      mails_sent_again: sentAgain,
      final_after_s: Math.round(queues.waited_seconds),
    },
    checks: [
      ...ledgerChecks(ledgers),
      ...settledChecks(queues),
      loadCheck(placed, count),
      toldCheck(crowd.shoppers, mine),
      proved(
        'kills-bit',
        interrupted >= count / 2,
        `${interrupted} of ${count} kills fell among shoppers under way, half are needed`,
        interrupted,
        Math.ceil(count / 2),
        'evidence',
      ),
    ],
  };
}

async function replace(slot: Slot): Promise<void> {
  await slot.running.kill();
  slot.running = await slot.running.again();
}
