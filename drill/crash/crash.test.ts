// Processes and parts killed under load, with real parts and small numbers; `headroom crash` does the same at full size.
// One shop for all of it: each proof is judged with everything that went before it in the ledgers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLive } from '../../chaos/ledgers/joined.ts';
import type { Ledgers } from '../../chaos/ledgers/rows.ts';
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import { quiet } from '../../stack/progress.ts';
import { doubleSubmits } from './double-submits.ts';
import { kills } from './kills.ts';
import { lastUnits } from './last-units.ts';
import { ledgerChecks, readLedgers } from './ledgers.ts';
import { outage } from './outages.ts';
import { openScene, type Scene } from './scene.ts';

const limitMs = 180_000;
const state = mkdtempSync(join(tmpdir(), 'headroom-crash-'));
let scene: Scene;
beforeAll(async () => {
  scene = await openScene({
    progress: quiet,
    signal: new AbortController().signal,
    stateDirectory: state,
    lastUnits: 10,
    shopEnvironment: { MAX_IN_FLIGHT_SUBMISSIONS: '2000' },
  });
}, limitMs);
afterAll(async () => {
  await scene?.stop();
  rmSync(state, { recursive: true, force: true });
});

const broken = (checks: readonly CheckResult[]) => checks.filter(({ status }) => status !== 'pass');

describe('two processes of each service', () => {
  test(
    '50 shoppers who press twice at once make 50 orders and 50 charges',
    async () => expect(broken((await doubleSubmits(scene, 50)).checks)).toEqual([]),
    limitMs,
  );

  test(
    'of 200 buyers for 10 units 10 get one, and 190 are told that it is sold out',
    async () => expect(broken((await lastUnits(scene, 200)).checks)).toEqual([]),
    limitMs,
  );

  test(
    'with Redis killed for 10 s orders go on, and their mails come afterwards',
    async () => {
      const { checks } = await outage(scene, { part: 'redis', seconds: 10, perSecond: 5 });
      expect(broken(checks)).toEqual([]);
    },
    limitMs,
  );

  test(
    'with PostgreSQL killed and started again calls fail only meanwhile, and nothing acknowledged is lost',
    async () => {
      const { checks } = await outage(scene, { part: 'postgres', seconds: 3, perSecond: 5 });
      expect(broken(checks)).toEqual([]);
    },
    limitMs,
  );

  test(
    'killed ten times at random no order is lost, none is charged twice, and all are final within a minute',
    async () => {
      const { checks } = await kills(scene, { kills: 10, perSecond: 5, seed: 1 });
      expect(broken(checks)).toEqual([]);
    },
    limitMs,
  );
});

describe('the same comparison of the same ledgers', () => {
  const failed = (ledgers: Ledgers) => broken(ledgerChecks(ledgers)).map(({ check }) => check);

  test('is red for an acknowledged order that is gone from the database', async () => {
    const ledgers = await readLedgers(scene);
    const lost = scene.told.find(({ outcome }) => outcome === 'placed')!.order_id;
    const database = ledgers.database.filter((row) => !('order_id' in row) || row.order_id !== lost);
    expect(failed(ledgers)).toEqual([]);
    expect(failed({ ...ledgers, database })).toContain('lost-order');
  });

  test('is red for an order that was charged a second time', async () => {
    const ledgers = await readLedgers(scene);
    const first = ledgers.providers.find(isLive)!;
    const second = { ...first, id: `${first.id}-again`, key: `${first.key}-again` };
    expect(failed({ ...ledgers, providers: [...ledgers.providers, second] })).toContain('double-charge');
  });

  test('is red for a mail that was sent under a second Message-ID', async () => {
    const ledgers = await readLedgers(scene);
    const again = { ...ledgers.mailbox[0]!, message_id: '<another@shop>' };
    expect(failed({ ...ledgers, mailbox: [...ledgers.mailbox, again] })).toContain('mail-exactly-once');
  });
});
