// A part below the shop goes away under load and comes back. Redis holds nothing that orders need; without PostgreSQL
// nothing can be sold, and nothing that was acknowledged may be lost.
import { setTimeout as pause } from 'node:timers/promises';
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import {
  failuresDuring,
  failuresOutside,
  finalWithinSeconds,
  loadCheck,
  type Outage,
  placedDuring,
  settledChecks,
  toldCheck,
} from './judge.ts';
import { distinctMails, ledgerChecks, readLedgers } from './ledgers.ts';
import { proved, type Proof } from './proof.ts';
import type { Scene } from './scene.ts';
import { settled } from './settled.ts';

const parts = ['redis', 'postgres'] as const;
export type OutagePart = (typeof parts)[number];

export interface OutageOptions {
  readonly part: OutagePart;
  readonly seconds: number;
  readonly perSecond: number;
}

const aroundSeconds = 3;
// Connections of the pools are made anew with a growing pause between tries, and a press that began in the outage has 5 s.
const graceMs = 5_000;

export async function outage(scene: Scene, options: OutageOptions): Promise<Proof> {
  const { part, seconds, perSecond } = options;
  const { progress, signal, told, ground } = scene;
  progress.phase(`${part} is killed for ${seconds} s under ${perSecond} checkouts/s`);
  const before = told.length;
  const crowd = startCrowd(scene, `${part}out`, perSecond);
  let when: Outage;
  try {
    await pause(aroundSeconds * 1_000, undefined, { signal });
    const from_ms = Date.now();
    // The hard way: what it had not written by then is gone.
    await ground[part].kill();
    await pause(seconds * 1_000, undefined, { signal });
    await ground[part].again();
    when = { from_ms, to_ms: Date.now() };
    await pause(aroundSeconds * 1_000 + graceMs, undefined, { signal });
  } finally {
    await crowd.leave();
  }
  progress.phase(`settle after ${part}`);
  const queues = await settled(scene, when.to_ms, finalWithinSeconds);
  const ledgers = await readLedgers(scene);
  const mine = told.slice(before);
  const placed = mine.filter(({ outcome }) => outcome === 'placed').length;
  return {
    name: `outage-${part}`,
    figures: {
      seconds,
      placed,
      placed_meanwhile: placedDuring(crowd.tries, when),
      failed_meanwhile: failuresDuring(pressesOf(crowd), when).length,
      failed_outside: failuresOutside(pressesOf(crowd), when, graceMs).length,
      mails_sent_again: distinctMails(ledgers.mailbox).sentAgain,
      final_after_s: Math.round(queues.waited_seconds),
    },
    checks: [
      ...ledgerChecks(ledgers),
      ...settledChecks(queues),
      loadCheck(placed, Math.ceil(perSecond * aroundSeconds)),
      toldCheck(crowd.shoppers, mine),
      ...meanwhileChecks(part, crowd, when),
    ],
  };
}

const pressesOf = ({ tries, stopped }: Crowd) => [...tries, ...stopped];

function meanwhileChecks(part: OutagePart, crowd: Crowd, when: Outage): CheckResult[] {
  const during = failuresDuring(pressesOf(crowd), when);
  const outside = failuresOutside(pressesOf(crowd), when, graceMs);
  const placed = placedDuring(crowd.tries, when);
  const onlyThen = proved(
    `errors-only-without-${part}`,
    outside.length === 0,
    `${outside.length} calls failed while ${part} was there`,
    outside.length,
    0,
    'objective',
  );
  if (part === 'postgres') return [onlyThen];
  return [
    onlyThen,
    proved(
      'orders-go-on',
      during.length === 0 && placed > 0,
      `${placed} orders were placed and ${during.length} calls failed while ${part} was away`,
      during.length,
      0,
      'objective',
    ),
  ];
}
