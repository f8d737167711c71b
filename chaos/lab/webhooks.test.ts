// Whom the lab tells of what, and in every way that telling goes wrong.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labForEachTest, order } from './lab.fixture.ts';

const { call, url, authorize, fault, heal } = labForEachTest();
const secret = 'a-secret-of-these-tests';

interface Heard {
  readonly body: { id: string; type: string; data: Record<string, unknown> };
  readonly text: string;
  readonly signature: string;
  readonly delivery: string;
}
let shop: Server;
let heard: Heard[];
/** What the shop answers to the next deliveries; 200 when there is nothing left. */
let answers: number[];
beforeEach(async () => {
  heard = [];
  answers = [];
  shop = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { 'headroom-signature': signature, 'headroom-delivery': delivery } = request.headers;
    heard.push({ body: JSON.parse(text), text, signature: `${signature}`, delivery: `${delivery}` });
    response.writeHead(answers.shift() ?? 200).end();
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
});
afterEach(() => {
  shop.closeAllConnections();
  shop.close();
});

const subscribe = (more: object = {}) =>
  call('PUT', url('control', '/webhooks/psp-primary'), {
    ...{ url: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`, secret },
    ...{ events: ['authorization', 'void', 'capture', 'refund', 'dispute'], ...more },
  });
const status = async () => (await call('GET', url('control', '/webhooks/psp-primary'))).body;
const hears = (count: number) => expect.poll(() => heard.length, { timeout: 10_000 }).toBe(count);
const types = () => heard.map(({ body }) => body.type);
const operate = (kind: 'captures' | 'refunds', reference: string, key: string) =>
  call(
    'POST',
    url('psp-primary', `/v1/${kind}`),
    { reference, amount_minor: 1299, currency: 'GBP' },
    { 'Idempotency-Key': key },
  );

test('every change of a charge is told once, signed, with our ids in it and without the token', async () => {
  await subscribe();
  const body = order();
  await authorize(body);
  // A replay is not an event.
  await authorize(body);
  await operate('captures', body.reference, 'c1');
  await operate('refunds', body.reference, 'r1');
  const declined = order(undefined, 'tok_decline_1');
  await authorize(declined);
  await call('POST', url('psp-primary', '/v1/voids'), { reference: declined.reference });
  await hears(4);
  expect(types().toSorted()).toEqual([
    ...['authorization.approved', 'authorization.declined', 'capture.succeeded', 'refund.succeeded'],
  ]);
  const capture = heard.find(({ body: { type } }) => type === 'capture.succeeded')!;
  expect(capture.body.data).toMatchObject({
    ...{ reference: body.reference, order: body.order, operation_id: 'c1' },
    ...{ amount_minor: 1299, currency: 'GBP' },
  });
  const [t, v1] = capture.signature.split(',');
  const mac = createHmac('sha256', secret)
    .update(`${t!.slice(2)}.${capture.text}`)
    .digest('hex');
  expect(v1).toBe(`v1=${mac}`);
  expect(JSON.stringify(heard)).not.toContain('tok_');
  expect(new Set(heard.map(({ body: { id } }) => id)).size).toBe(4);
  expect(await status()).toMatchObject({ events: 4, delivered: 4, pending: 0 });
  expect(JSON.stringify(await status())).not.toContain(secret);
});

test('told again until the shop takes it, as the same delivery of the same event', async () => {
  answers = [500, 503];
  await subscribe();
  await authorize(order());
  await hears(3);
  expect(new Set(heard.map(({ body, delivery }) => `${body.id} ${delivery}`)).size).toBe(1);
  await expect.poll(status).toMatchObject({ tries: 3, delivered: 1, pending: 0 });
});

test('before the answer: the shop has heard when its call returns', async () => {
  await subscribe({ before_answer: true });
  await authorize(order());
  expect(types()).toEqual(['authorization.approved']);
});

test('twice: two deliveries of one event', async () => {
  await subscribe({ duplicate_share: 1 });
  await authorize(order());
  await hears(2);
  expect(heard[0]!.body).toEqual(heard[1]!.body);
  expect(heard[0]!.delivery).not.toBe(heard[1]!.delivery);
});

test('backwards: what happens close together is told in the opposite order', async () => {
  await subscribe({ reorder: true });
  const body = order();
  await authorize(body);
  await operate('captures', body.reference, 'c1');
  await operate('refunds', body.reference, 'r1');
  await hears(3);
  expect(types()).toEqual(['refund.succeeded', 'capture.succeeded', 'authorization.approved']);
});

test('only what nobody heard: cut off after the charge, or charged later', async () => {
  await subscribe({ events: ['authorization_undelivered'] });
  await authorize(order());
  await fault('after');
  const cut = order();
  await expect(authorize(cut)).rejects.toThrow();
  await heal();
  await fault('late');
  const late = order();
  await expect(authorize(late)).rejects.toThrow();
  await hears(2);
  expect(heard.map(({ body }) => body.data.reference)).toEqual([cut.reference, late.reference]);
});

test('nobody is told before they ask, after they leave, or of what they did not ask for', async () => {
  await authorize(order());
  await subscribe({ events: ['capture'] });
  const body = order();
  await authorize(body);
  await operate('captures', body.reference, 'c1');
  await hears(1);
  await call('DELETE', url('control', '/webhooks/psp-primary'));
  await operate('refunds', body.reference, 'r1');
  expect(await status()).toMatchObject({ subscription: null, events: 1 });
  expect(types()).toEqual(['capture.succeeded']);
});

test('a subscription nobody can mean is refused', async () => {
  expect((await subscribe({ events: ['weather'] })).status).toBe(422);
  expect((await subscribe({ url: 'file:///etc/passwd' })).status).toBe(422);
  expect((await subscribe({ secret: 'short' })).status).toBe(422);
  expect((await call('PUT', url('control', '/webhooks/psp-stranger'), {})).status).toBe(404);
});
