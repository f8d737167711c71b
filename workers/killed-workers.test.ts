// Workers that die between any two steps, or sleep while others do their work, with real PostgreSQL and the real provider lab.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../core/db/client.ts';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { brokenBooks } from '../core/orders/test-orders.ts';
import { moveMoney } from './money-operations.ts';
import { depsOf, type Fulfilling, passes, startFulfilling } from './test-fulfilment.ts';
import { startTestLab, type TestLab } from './test-parts.ts';

let server: TestServer;
let lab: TestLab;
let at: Fulfilling;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
});
afterAll(async () => {
  await Promise.all([server.stop(), lab.stop()]);
});
beforeEach(async () => {
  at = await startFulfilling(server, lab);
});
afterEach(() => at.close());

/** The worker's process ends at its nth call to the database: before it is made, or after it and before its answer. */
function dying(db: Database, nth: number, when: 'before' | 'after'): { db: Database; calls: () => number } {
  let calls = 0;
  const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls > nth || (calls === nth && when === 'before')) throw new Error('killed');
    const result = await work();
    if (calls >= nth) throw new Error('killed');
    return result;
  };
  return {
    calls: () => calls,
    db: {
      ...db,
      query: (summary, work) => mortal(() => db.query(summary, work)),
      transaction: (summary, work) => mortal(() => db.transaction(summary, work)),
    },
  };
}

describe('a worker that is killed', () => {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  /** One pass that ends at the nth call; how many calls a whole one makes. */
  async function killedPass(nth: number, when: 'before' | 'after'): Promise<number> {
    const { db, calls } = dying(at.shop.db, nth, when);
    await passes({ ...depsOf(at.shop), db, log: silent as never })().catch(() => undefined);
    return calls();
  }

  const refundHalf = async () => {
    const order = await at.sell('psp-backup');
    await at.runUntil(at.shop, at.isIn(order.orderId, 'fulfilled'));
    const half = { amount_minor: Math.floor(order.amountMinor / 2), reason: 'goodwill' };
    const path = `/internal/v1/orders/${order.orderId}/refunds`;
    const asked = await at.shop.orders.post(path, half, undefined, { 'idempotency-key': 'k' });
    expect(asked.status).toBe(202);
    return { order, half: half.amount_minor };
  };

  test.each(['psp-primary', 'psp-backup'] as const)(
    'between any two steps of fulfilment leaves nothing that is not finished, once, by the next one (%s)',
    async (provider) => {
      const whole = await at.sell(provider);
      const calls = await killedPass(Number.POSITIVE_INFINITY, 'before');
      await at.runUntil(at.shop, at.isIn(whole.orderId, 'fulfilled'));
      expect(calls).toBeGreaterThan(12);
      for (let nth = 1; nth <= calls; nth++) {
        const order = await at.sell(provider);
        await killedPass(nth, nth % 2 ? 'after' : 'before');
        await at.runUntil(at.shop, at.isIn(order.orderId, 'fulfilled'));
        expect(await at.parcelsOf(order.orderId)).toEqual(['LON-1 delivered', 'MAN-1 delivered']);
        expect(await at.operationsOf(order.orderId)).toEqual(['capture done']);
        expect((await at.atProvider(order)).captured_minor).toBe(order.amountMinor);
      }
      expect(await brokenBooks(at.database.owner)).toEqual({});
    },
    120_000,
  );

  test('between any two steps of a refund gives the money back once, at a provider that does not know its keys', async () => {
    const undo = async () => {
      const order = await at.sell('psp-backup');
      await at.database
        .owner`update orders.orders set capture_requested_at = now() where public_id = ${order.orderId}`;
      await at.database
        .owner`insert into orders.payment_operations (operation_id, order_id, kind, attempt_id, amount_minor, currency, reason)
        values (${`cap:${order.orderId}`}, ${order.orderId}, 'capture', ${order.attemptId}, ${order.amountMinor}, 'GBP', 'test')`;
      await at.cancel(order.orderId);
      return order;
    };
    const twoPasses = async (nth: number, when: 'before' | 'after') =>
      (await killedPass(nth, when)) + (nth === Number.POSITIVE_INFINITY ? await killedPass(nth, when) : 0);
    const whole = await undo();
    const calls = await twoPasses(Number.POSITIVE_INFINITY, 'before');
    expect(await at.shop.stateOf(whole.orderId)).toBe('refunded');
    for (let nth = 1; nth <= calls / 2; nth++) {
      const order = await undo();
      // The first pass captures and writes the refund down; the second makes it.
      if (nth % 2) await passes(depsOf(at.shop))();
      await killedPass(nth, nth % 4 < 2 ? 'after' : 'before');
      await at.runUntil(at.shop, at.isIn(order.orderId, 'refunded'));
      expect(await at.atProvider(order)).toMatchObject({
        captured_minor: order.amountMinor,
        refunded_minor: order.amountMinor,
      });
    }
    expect(await brokenBooks(at.database.owner)).toEqual({});
  }, 120_000);

  test('and forgot that it had sent a refund would give the money back twice: the books of the provider show it', async () => {
    const diesAfterRefund = async () => {
      const refused = { ...at.shop.db, query: refusing(at.shop.db) };
      await passes({ ...depsOf(at.shop), db: refused, log: silent as never })().catch(() => undefined);
    };
    const kept = await refundHalf();
    await diesAfterRefund();
    expect((await at.atProvider(kept.order)).refunded_minor).toBe(kept.half);
    await at.runUntil(at.shop, at.isIn(kept.order.orderId, 'partially_refunded'));
    expect((await at.atProvider(kept.order)).refunded_minor).toBe(kept.half);

    const forgotten = await refundHalf();
    await diesAfterRefund();
    await at.database.owner`update orders.payment_operations set last_sent_at = null`;
    await at.runUntil(at.shop, at.isIn(forgotten.order.orderId, 'partially_refunded'));
    expect((await at.atProvider(forgotten.order)).refunded_minor).toBe(2 * forgotten.half);
  });

  /** Dies when it looks at an order to tell it what the provider did. */
  const refusing =
    (db: Database): Database['query'] =>
    (summary, work) =>
      summary === 'look at order' ? Promise.reject(new Error('killed')) : db.query(summary, work);

  /** Sleeps from its claim on, as a process that is stopped does, until somebody else did its work. */
  async function sleepsOverIt(sendWithinMs: number): Promise<{ refunded: number; half: number }> {
    const { order, half } = await refundHalf();
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const claimed = new Promise<void>((resolve) => {
      const query: Database['query'] = async (summary, work) => {
        const result = await at.shop.db.query(summary, work);
        if (summary !== 'claim payment operations') return result;
        resolve();
        await woken;
        return result;
      };
      const db = { ...at.shop.db, query };
      sleeper = moveMoney({ ...depsOf(at.shop), db, sendWithinMs });
    });
    await claimed;
    await at.runUntil(at.shop, at.isIn(order.orderId, 'partially_refunded'));
    wake();
    await sleeper;
    return { refunded: (await at.atProvider(order)).refunded_minor, half };
  }
  let sleeper: Promise<unknown>;

  test('or sleeps between its claim and its call sends nothing when it wakes up; one that did would pay the buyer twice', async () => {
    const slept = await sleepsOverIt(1);
    expect(slept.refunded).toBe(slept.half);
    const careless = await sleepsOverIt(3_600_000);
    expect(careless.refunded).toBe(2 * careless.half);
  });
});
