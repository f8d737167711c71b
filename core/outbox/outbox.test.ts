import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderEventV1 } from '../contracts/events.ts';
import type { Database } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { ordersInstance, paymentEventOf, submission } from '../orders/test-orders.ts';
import { startTracing } from '../telemetry/tracing.ts';
import { handleOnce } from './inbox.ts';
import { claimBatch, markPublished } from './outbox.ts';

let server: TestServer;
let database: TestDatabase;
let workers: Database;
const stopTracing = startTracing('orders', undefined);
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  workers = database.open('workers');
  await database.stock('AAAA1111', 1_000);
  const orders = ordersInstance(database);
  for (let i = 0; i < 30; i++) {
    const placed = await orders.place(submission());
    if (placed.kind !== 'placed') throw new Error(placed.kind);
    await orders.event(
      placed.order_id,
      paymentEventOf(placed.attempt.id, 'payment.authorized', { answer: { status: 201, body: {} } }),
    );
  }
});
afterAll(async () => {
  await server.stop();
  await stopTracing();
});

const untouched = new Error('rolled back on purpose');

describe('the outbox', () => {
  test('each row carries the event, its trace, its order and a deadline, and nothing about the buyer', async () => {
    const rows = await workers.transaction('claim', (tx) => claimBatch(tx, 100));
    expect(rows).toHaveLength(30);
    for (const { envelope, created_at_ms } of rows) {
      expect(orderEventV1.parse(envelope.event).type).toBe('order.authorized');
      expect(envelope.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(envelope.correlation_id).toBe(envelope.event.order_id);
      expect(envelope.deadline_ms - created_at_ms).toBeCloseTo(60_000, -1);
      expect(JSON.stringify(envelope)).not.toContain('@');
    }
  });

  test('two relays never hold the same row, and a relay that dies gives its rows back', async () => {
    const seen: number[] = [];
    let bothHold = () => {};
    const held = new Promise<void>((resolve) => {
      bothHold = resolve;
    });
    let holding = 0;
    const relay = () =>
      workers
        .transaction('claim', async (tx) => {
          seen.push(...(await claimBatch(tx, 10)).map((row) => row.id));
          holding += 1;
          if (holding === 2) bothHold();
          await held;
          throw untouched;
        })
        .catch((error: unknown) => {
          if (error !== untouched) throw error;
        });
    await Promise.all([relay(), relay()]);
    expect(new Set(seen).size).toBe(20);
    expect(await workers.transaction('claim', (tx) => claimBatch(tx, 100))).toHaveLength(30);
  });

  test('a published row is not claimed again', async () => {
    await workers.transaction('publish', async (tx) => {
      const rows = await claimBatch(tx, 10);
      await markPublished(
        tx,
        rows.map((row) => row.id),
      );
    });
    expect(await workers.transaction('claim', (tx) => claimBatch(tx, 100))).toHaveLength(20);
  });
});

describe('the inbox', () => {
  const event = { event_id: '00000000-0000-4000-8000-000000000001', consumers: 2 };

  test('of many deliveries at once one has the effect, for each consumer', async () => {
    const deliver = (consumer: string) =>
      workers.transaction('handle', (tx) => handleOnce(tx, consumer, event));
    const handled = await Promise.all(
      Array.from({ length: 20 }, (_, i) => deliver(i % 2 ? 'mail' : 'books')),
    );
    expect(handled.filter(({ first }) => first)).toHaveLength(2);
  });

  test('an effect that failed may be tried again', async () => {
    const failing = workers.transaction('handle', async (tx) => {
      await handleOnce(tx, 'retried', event);
      throw untouched;
    });
    await expect(failing).rejects.toBe(untouched);
    const again = await workers.transaction('handle', (tx) => handleOnce(tx, 'retried', event));
    expect(again).toMatchObject({ first: true });
  });
});
