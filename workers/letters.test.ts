// Jobs that failed for good: what is kept of them, and what a person does with them; real PostgreSQL, Redis and SMTP.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { recordDeadLetters } from './dead-letters.ts';
import { dropLetter, findLetter, listLetters, redriveLetter } from './letter-desk.ts';
import { requeueLost } from './lost-jobs.ts';
import { relayRound } from './outbox-relay.ts';
import type { Producer } from './redis.ts';
import type { TestMailbox, TestRedis } from './test-parts.ts';
import {
  eventually,
  type Pipeline,
  type PipelineParts,
  startPipeline,
  startPipelineParts,
} from './test-pipeline.ts';
import type { TestShop } from './test-shop.ts';

let parts: PipelineParts;
let at: Pipeline;
let shop: TestShop;
let producer: Producer;
let redis: TestRedis;
let mailbox: TestMailbox;
beforeAll(async () => {
  parts = await startPipelineParts(await resolvePart(partNamed('redis'), { progress: quiet }));
  ({ redis, mailbox } = parts);
});
afterAll(() => parts.stop());
beforeEach(async () => {
  at = await startPipeline(parts);
  ({ shop, producer } = at);
});
afterEach(() => at.close());

const deadLetters = 'invariant_violations{invariant="dead_letter"}';
/** An order whose mail is refused for good. */
async function refusedMail() {
  mailbox.answer(550);
  const { orderId } = await shop.sell();
  const mine = async () => (await listLetters(shop.db)).find(({ order_id }) => order_id === orderId);
  await eventually(async () => {
    // As the workers do by themselves, every other second.
    await recordDeadLetters(shop.db, producer);
    expect(await mine()).toBeDefined();
  });
  mailbox.answer(null);
  return { orderId, letter: (await mine())! };
}

test('a mail refused for good is a dead letter without an address in it, and goes out when driven again', async () => {
  at.start();
  const { orderId, letter } = await refusedMail();
  expect(letter).toMatchObject({ error: 'the mail server refuses this mail: 550', state: 'open' });
  await eventually(async () => expect(await shop.metric(deadLetters)).toBe(1));
  // Two people at once: one of them did it.
  const both = await Promise.all(['ana', 'bo'].map((by) => redriveLetter(shop.db, producer, letter.id, by)));
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(['not_open', 'redriven']);
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
  await eventually(async () => expect(await shop.metric(deadLetters)).toBe(0));
  expect(await findLetter(shop.db, letter.id)).toMatchObject({ state: 'redriven' });
  expect(await recordDeadLetters(shop.db, producer)).toBe(0);
});

test('a dead letter whose job Redis lost is driven again from the outbox; until then nothing runs it', async () => {
  at.start();
  const { orderId, letter } = await refusedMail();
  await redis.flush();
  expect(await requeueLost(shop.db, producer, 0)).toBe(0);
  expect(await redriveLetter(shop.db, producer, letter.id, 'ana')).toEqual({ kind: 'redriven' });
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
  await eventually(async () => expect(await at.unhandled()).toBe(0));
});

test('a dropped letter stays on record, is counted and run no more, and its event is done', async () => {
  at.start();
  const { orderId, letter } = await refusedMail();
  const decision = { by: 'ana', why: 'no such address' };
  expect(await dropLetter(shop.db, producer, letter.id, decision)).toEqual({ kind: 'dropped' });
  expect(await dropLetter(shop.db, producer, letter.id, decision)).toEqual({ kind: 'not_open' });
  expect(await redriveLetter(shop.db, producer, letter.id, 'bo')).toEqual({ kind: 'not_open' });
  expect(await findLetter(shop.db, letter.id)).toMatchObject({ state: 'dropped', ...decision });
  await eventually(async () => expect(await at.unhandled()).toBe(0));
  await eventually(async () => expect(await shop.metric(deadLetters)).toBe(0));
  expect(await recordDeadLetters(shop.db, producer)).toBe(0);
  expect(await listLetters(shop.db)).toEqual([]);
  expect(mailbox.of(orderId)).toEqual([]);
});

test('a letter of one queue keeps no other queue from its job', async () => {
  const { orderId } = await shop.sell();
  await relayRound(shop.db, producer);
  await redis.flush();
  const { event } = await at.eventOf(orderId);
  await shop.database.owner`
    insert into orders.dead_letters (queue, job_id, event_id, error)
    select 'notifications', event_id::text, event_id, 'planted' from orders.outbox where type = 'order.authorized'`;
  await requeueLost(shop.db, producer, 0);
  const ids = async (name: 'order-events' | 'notifications') =>
    (await (await producer.queue(name)).getJobs(['waiting'])).map(({ id }) => id);
  expect(await ids('order-events')).toContain((event as { event_id: string }).event_id);
  expect(await ids('notifications')).toEqual([]);
});

test('a dead letter behind a full page of recorded ones is still found', async () => {
  const workers = at.start();
  const queue = await producer.queue('order-events');
  const jobIds = Array.from({ length: 101 }, (_, i) => `nonsense-${i}`);
  for (const jobId of jobIds) await queue.add('nonsense', { event: 1 } as never, { jobId });
  const letters = async () => (await shop.database.owner`select job_id from orders.dead_letters`).length;
  await eventually(async () => expect(await letters()).toBe(101));
  await workers.stop();
  // As if PostgreSQL had been away when the first one failed.
  const [oldest] = await queue.getFailed(100, 100);
  await shop.database.owner`delete from orders.dead_letters where job_id = ${oldest!.id!}`;
  expect(await recordDeadLetters(shop.db, producer)).toBe(1);
  expect(await letters()).toBe(101);
});

test('a job that is no envelope is a dead letter at once', async () => {
  at.start();
  await (await producer.queue('order-events')).add('nonsense', { event: 1 } as never, {
    jobId: 'not-an-event',
  });
  await eventually(async () => {
    const letters = await shop.database
      .owner`select error from orders.dead_letters where job_id = 'not-an-event'`;
    expect(letters.map(({ error }) => error)).toEqual(['not an envelope: event']);
  });
});
