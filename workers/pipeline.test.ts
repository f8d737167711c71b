// From the outbox to the mailbox, with real PostgreSQL, Redis and SMTP.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { requeueLost } from './lost-jobs.ts';
import { openMailer } from './mailer.ts';
import { notificationHandler } from './notifications.ts';
import { relayRound } from './outbox-relay.ts';
import { queueNamed } from './queues.ts';
import type { Producer } from './redis.ts';
import { startTestWire, type TestLab, type TestMailbox, type TestRedis } from './test-parts.ts';
import {
  eventually,
  type Pipeline,
  type PipelineParts,
  startPipeline,
  startPipelineParts,
} from './test-pipeline.ts';
import { type TestShop, testShop } from './test-shop.ts';
import { startWorkers } from './workers.ts';

let parts: PipelineParts;
let at: Pipeline;
let shop: TestShop;
let producer: Producer;
let redis: TestRedis;
let mailbox: TestMailbox;
let lab: TestLab;
beforeAll(async () => {
  parts = await startPipelineParts(await resolvePart(partNamed('redis'), { progress: quiet }));
  ({ redis, mailbox, lab } = parts);
});
afterAll(() => parts.stop());
beforeEach(async () => {
  at = await startPipeline(parts);
  ({ shop, producer } = at);
});
afterEach(() => at.close());

test('an authorised order gets one confirmation, and its event is closed by its last consumer', async () => {
  at.start();
  const { orderId } = await shop.sell();
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
  await eventually(async () => expect(await at.unhandled()).toBe(0));
  const [mail] = mailbox.of(orderId);
  expect(mail!.messageId).toBe(`<${orderId}.order-confirmation@orders.headroom.invalid>`);
  expect(mail!.text).toContain('£9.95');
  await eventually(async () => expect(await shop.metric('pipeline_event_age_seconds_count')).toBe(1));
  expect(await shop.metric('notification_delay_seconds_count')).toBe(1);
  expect(await shop.metric('queue_wait_seconds_count{queue="notifications"}')).toBe(1);
});

test('an order that was not paid gets no mail', async () => {
  at.start();
  const placed = await shop.place();
  const declined = { event_id: 'x', type: 'payment.declined', attempt_id: placed.attemptId } as const;
  await shop.orders.event(placed.orderId, { ...declined, decided_at_ms: Date.now() });
  await eventually(async () => expect(await at.unhandled()).toBe(0));
  expect(mailbox.of(placed.orderId)).toHaveLength(0);
});

test('a mail is sent once though the job runs twice, one after the other or at the same time', async () => {
  const mailer = openMailer(mailbox.url, 4);
  const handle = notificationHandler({ ...shop, mailer });
  const { orderId } = await shop.sell();
  const envelope = await at.eventOf(orderId);
  await Promise.allSettled([handle(envelope), handle(envelope), handle(envelope)]);
  await handle(envelope);
  expect(mailbox.of(orderId)).toHaveLength(1);
  mailer.close();
});

test('a relay killed between publishing and marking does not duplicate the mail', async () => {
  const { orderId } = await shop.sell();
  // The transaction ends as death ends it: everything in it undone, the jobs already in Redis.
  const dying = { ...shop.db, transaction: died(shop) };
  await expect(relayRound(dying, producer)).rejects.toThrow('killed');
  const jobs = await (await producer.queue('notifications')).getJobs();
  expect(jobs).toHaveLength(1);
  // Redis is no place for an address: the mail's text is made from the database when it is sent.
  expect(JSON.stringify(jobs[0]!.data)).not.toContain('@');
  at.start();
  await eventually(async () => expect(await at.unhandled()).toBe(0));
  const [row] = await shop.database.owner`select 1 from orders.outbox where published_at is null`;
  expect(row).toBeUndefined();
  expect(mailbox.of(orderId)).toHaveLength(1);
});

const died =
  ({ db }: TestShop): typeof db.transaction =>
  (summary, work) =>
    db.transaction(summary, async (tx) => {
      await work(tx);
      throw new Error('killed');
    });

test('many relays and workers side by side mail every order once', async () => {
  for (let i = 0; i < 4; i++) at.start();
  const sold = await Promise.all(Array.from({ length: 120 }, () => shop.sell()));
  await eventually(async () => expect(await at.unhandled()).toBe(0), 20_000);
  expect(sold.filter(({ orderId }) => mailbox.of(orderId).length !== 1)).toEqual([]);
  expect(await shop.metric('pipeline_event_age_seconds_count')).toBe(120);
});

test('while Redis is away the outbox waits; when it is back nothing is lost', async () => {
  const workers = at.start();
  await eventually(() => workers.ready());
  const before = await shop.sell();
  await eventually(() => expect(mailbox.of(before.orderId)).toHaveLength(1));
  await redis.kill();
  try {
    const during = await shop.sell();
    await eventually(async () => expect(await shop.metric('outbox_pending_events')).toBe(1));
    await expect(workers.ready()).rejects.toThrow('Redis is away');
    await redis.start();
    await eventually(() => expect(mailbox.of(during.orderId)).toHaveLength(1), 20_000);
    await eventually(async () => expect(await at.unhandled()).toBe(0));
    expect(mailbox.of(before.orderId)).toHaveLength(1);
  } finally {
    await redis.start();
  }
});

test('workers that start before Redis does begin when it is there', async () => {
  await redis.kill();
  const { orderId } = await shop.sell();
  at.start();
  try {
    await eventually(async () => expect(await shop.metric('outbox_pending_events')).toBe(1));
  } finally {
    await redis.start();
  }
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1), 20_000);
});

test('jobs that Redis lost are queued again from the outbox', async () => {
  const { orderId } = await shop.sell();
  await relayRound(shop.db, producer);
  await redis.flush();
  expect(await requeueLost(shop.db, producer)).toBe(0);
  // The same event in each of its queues.
  expect(await requeueLost(shop.db, producer, 0)).toBe(2);
  at.start();
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
});

test('a mail server that is away for a while delays the mail, and it still comes once', async () => {
  mailbox.answer(451);
  at.start();
  const { orderId } = await shop.sell();
  const delayed = 'queue_jobs{queue="notifications",state="delayed"}';
  await eventually(async () => expect(await shop.metric(delayed)).toBe(1));
  // The server's refusal quotes the recipient; Redis keeps the reason of every failure, and no address.
  const [job] = await (await producer.queue('notifications')).getJobs(['delayed', 'active', 'waiting']);
  expect(job!.failedReason).toBe('mail not accepted: 451');
  expect(JSON.stringify(job!.asJSON())).not.toContain('@');
  mailbox.answer(null);
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
});

test('an accept the sender never heard of is repeated under the same Message-ID', async () => {
  let heard = 0;
  mailbox.acceptThen(() => {
    heard += 1;
    return false;
  });
  at.start();
  const { orderId } = await shop.sell();
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(2));
  expect(heard).toBe(1);
  expect(new Set(mailbox.of(orderId).map((mail) => mail.messageId)).size).toBe(1);
});

test('a mail accepted while PostgreSQL goes away is noted when it is back, not sent again', async () => {
  const wire = await startTestWire(shop.database.urls.workers);
  const around = { redisUrl: redis.url, smtpUrl: mailbox.url, lab, databaseUrl: wire.url };
  const behindWire = await testShop(shop.database, around);
  const workers = startWorkers(behindWire);
  await eventually(() => workers.ready());
  mailbox.acceptThen(() => {
    wire.cut();
    return true;
  });
  try {
    const { orderId } = await shop.sell();
    await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
    await expect(workers.ready()).rejects.toThrow();
    const later = await shop.sell();
    wire.mend();
    await eventually(async () => expect(await at.unhandled()).toBe(0), 20_000);
    expect(mailbox.of(orderId)).toHaveLength(1);
    expect(mailbox.of(later.orderId)).toHaveLength(1);
  } finally {
    wire.mend();
    await workers.stop();
    await behindWire.close();
    await wire.stop();
  }
});

test('a Redis that lost everything is filled again by itself, from the outbox, at once', async () => {
  mailbox.answer(451);
  at.start();
  const sold = await Promise.all(Array.from({ length: 20 }, () => shop.sell()));
  const published = async () => {
    const [row] = await shop.database.owner<{ n: number }[]>`
      select count(*)::int as n from orders.outbox where type = 'order.authorized' and published_at is not null`;
    return row!.n;
  };
  await eventually(async () => expect(await published()).toBe(20));
  await eventually(async () => expect(await producer.remembers()).toBe(true));
  await redis.flush();
  mailbox.answer(null);
  await eventually(async () => expect(await at.unhandled()).toBe(0), 20_000);
  expect(sold.filter(({ orderId }) => mailbox.of(orderId).length !== 1)).toEqual([]);
  expect(await producer.remembers()).toBe(true);
});

test('a worker that is told to stop finishes the mails in hand; what it left is sent by the next: one each', async () => {
  const first = at.start();
  const sold = await Promise.all(Array.from({ length: 40 }, () => shop.sell()));
  await eventually(() => expect(sold.some(({ orderId }) => mailbox.of(orderId).length > 0)).toBe(true));
  await first.stop();
  // Nothing is in hand of nobody: the next need not wait for a lock to run out.
  expect(await (await producer.queue('notifications')).getActiveCount()).toBe(0);
  const sent = sold.filter(({ orderId }) => mailbox.of(orderId).length > 0).length;
  const [noted] = await shop.database.owner<{ n: number }[]>`
    select count(*)::int as n from orders.notifications where state = 'sent'`;
  expect(noted!.n).toBe(sent);
  at.start();
  await eventually(async () => expect(await at.unhandled()).toBe(0), 20_000);
  expect(sold.filter(({ orderId }) => mailbox.of(orderId).length !== 1)).toEqual([]);
});

test('at its cap a queue takes nothing more: events wait in the outbox, nothing is lost, and they come when there is room', async () => {
  const { orderId } = await shop.sell();
  const queue = await producer.queue('notifications');
  const full = vi.spyOn(queue, 'getJobCountByTypes').mockResolvedValue(queueNamed('notifications').cap);
  expect(await relayRound(shop.db, producer)).toEqual({ kind: 'full', queue: 'notifications' });
  expect(await (await producer.queue('order-events')).getJobCountByTypes('waiting')).toBe(0);
  const [row] = await shop.database.owner`select 1 from orders.outbox where published_at is not null`;
  expect(row).toBeUndefined();
  full.mockResolvedValue(queueNamed('notifications').cap - 1);
  expect(await relayRound(shop.db, producer)).toMatchObject({ kind: 'published' });
  at.start();
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
});
