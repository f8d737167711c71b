import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { fidelityShares } from './fidelity.ts';
import { judgeValidity } from './gate/validity.ts';
import { loadProfile } from './load-profile.ts';
import { longestSessionSeconds } from './replay-plan.ts';
import { type ReplayOptions, runReplay } from './run-k6.ts';
import type { PlannedSession } from './schedule.ts';
import type { ShopperRecord } from './shopper-record.ts';
import { type Decide, openStandInShop, placed } from './stand-in-shop.fixture.ts';

let k6 = '';
beforeAll(async () => {
  const { binaries } = await resolvePart(partNamed('k6'), { progress: quiet });
  k6 = binaries.k6!;
}, 900_000);
const recorded = await loadProfile();
// Short pauses: the journey is tested here, not patience.
const profile = { ...recorded, thinkTimeSeconds: { median: 0.05, max: 0.1 }, doubleSubmitShare: 0.3 };

async function replay(decide: Decide, more: Partial<ReplayOptions> = {}, delayMs = 0) {
  const shop = await openStandInShop(decide, delayMs);
  try {
    const result = await runReplay({
      k6,
      dir: mkdtempSync(join(tmpdir(), 'headroom-k6-')),
      profile,
      phase: 'replay',
      run: 'test',
      seed: 5,
      peakOrdersPerSecond: 4,
      scale: 1,
      durationSeconds: 4,
      shape: 'flat',
      checkoutUrl: shop.url,
      ordersUrl: shop.url,
      requestTimeoutSeconds: 2,
      ...more,
    });
    return { ...result, shop };
  } finally {
    await shop.close();
  }
}

describe('a replay, by real k6 against a real HTTP shop', { timeout: 90_000 }, () => {
  test('every submission the shop saw is in the shoppers’ ledger, and every session came at its moment', async () => {
    const started: number[] = [];
    const spawned: number[] = [];
    const { records, recordsFile, samples, schedule, shop } = await replay(placed, {
      onStart: (ms) => started.push(ms),
      onSpawn: (pid) => spawned.push(pid),
    });
    const ordering = schedule.filter((session) => session.stage === 'order');
    const doubled = ordering.filter((session) => session.double_submit);
    expect(doubled.length).toBeGreaterThan(0);
    expect(records).toHaveLength(ordering.length + doubled.length);
    expect(records).toHaveLength(shop.orders.length);
    expect(samples.totals).toMatchObject({
      submissionsSent: records.length,
      submissions: records.length,
      sessions: schedule.length,
      dropped: 0,
    });
    const written = readFileSync(recordsFile, 'utf8').trim().split('\n');
    expect(written.map((line) => JSON.parse(line) as ShopperRecord)).toEqual(records);
    expect(fidelityShares(samples.fidelity).mix).toBe(1);
    expect(judgeValidity([samples]).map(({ check, status }) => `${check} ${status}`)).toEqual([
      'generator-kept-up pass',
      'replay-fidelity pass',
    ]);
    expect(started).toEqual([samples.startedAtMs]);
    expect(spawned).toEqual([expect.any(Number)]);
    for (const record of records) {
      const planned = schedule[record.session]!;
      expect(Math.abs(record.intended_ms - planned.offset_ms - samples.startedAtMs)).toBeLessThanOrEqual(2);
      expect(record.started_ms).toBeGreaterThanOrEqual(record.intended_ms - 1);
      expect(record.answered_ms).toBeGreaterThanOrEqual(record.submitted_ms);
      expect(record).toMatchObject({
        outcome: 'placed',
        order_id: `o-${record.cart_id}`,
        lines: planned.lines,
      });
      expect(record.trace_id).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  test('a double click is one key sent twice, a decline its own token, and nobody shares an address', async () => {
    const { records, schedule, shop } = await replay(placed);
    for (const seen of shop.orders) {
      const session = Number(/\d+$/.exec(seen.token)?.[0]);
      expect(seen.token.startsWith(schedule[session]!.decline ? 'tok_decline_' : 'tok_ok_')).toBe(true);
      const presses = shop.orders.filter((other) => other.key === seen.key);
      expect(presses).toHaveLength(schedule[session]!.double_submit ? 2 : 1);
      expect(new Set(presses.map((press) => press.cart)).size).toBe(1);
    }
    expect(new Set(records.map((record) => `${record.click} ${record.submission}`)).size).toBe(
      records.length,
    );
    expect(new Set(shop.emails).size).toBe(shop.emails.length);
  });

  test('a torn connection and a silent shop leave the shopper not knowing', async () => {
    const { records, samples } = await replay((order, n) =>
      n % 3 === 0 ? 'reset' : n % 3 === 1 ? 'silence' : placed(order, n),
    );
    const unknown = records.filter((record) => record.outcome === 'unknown');
    expect(unknown.length).toBeGreaterThan(records.length / 3);
    for (const record of unknown) expect(record).toMatchObject({ status: 0, order_id: null });
    expect(unknown.some((record) => record.answered_ms - record.submitted_ms >= 1900)).toBe(true);
    expect(samples.totals?.submissions).toBe(records.length);
  });

  test('a starved generator makes the run invalid: late or dropped, never a verdict on the shop', async () => {
    const { samples } = await replay(placed, { maxVus: 1 }, 60);
    const [generator] = judgeValidity([samples]);
    expect(generator).toMatchObject({ check: 'generator-kept-up', status: 'fail' });
    expect(generator!.detail).toMatch(/late|dropped/);
  });

  test('an interrupted replay ends promptly and keeps what it measured', async () => {
    const stop = new AbortController();
    const began = performance.now();
    const result = await replay(placed, {
      durationSeconds: 60,
      signal: stop.signal,
      onStart: () => stop.abort(),
    });
    expect(result.interrupted).toBe(true);
    expect(performance.now() - began).toBeLessThan(25_000);
    expect(judgeValidity([result.samples]).every((check) => check.status === 'fail')).toBe(true);
  });

  test('the last session is never cut off: k6 waits for a shop that answers each call at the last moment', () => {
    const slowest: PlannedSession = {
      ...{ offset_ms: 0, stage: 'order', market: 'GB', decline: false, double_submit: true },
      lines: Array.from({ length: 9 }, (_, i) => ({ sku: `S${i}`, quantity: 1 })),
      think_ms: [3_000, 3_000, 3_000],
    };
    // Atp, cart, 9 lines, address, rates, quote, order, one reload: 16 calls, and 10 s between them.
    expect(longestSessionSeconds([slowest], 10)).toBe(16 * 10 + 10);
  });

  test('a k6 that cannot run says why', async () => {
    await expect(replay(placed, { k6: process.execPath })).rejects.toThrow('k6 ended with');
  });
});
