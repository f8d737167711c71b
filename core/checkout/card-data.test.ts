// A card number in any field is refused and appears nowhere: not in an answer, log, span, metric, table or provider.
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { tablesHolding } from '../db/test-tables.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { recordSpans } from '../telemetry/test-spans.ts';
import { address, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

const card = '4111111111111111';
const spans = recordSpans();
let server: TestServer;
let lab: TestLab;
let shop: TestShop;
let logged = '';
beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    logged += String(text);
    return true;
  });
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab, { LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close(), spans.stop()]);
  vi.restoreAllMocks();
});

async function placesHolding(text: string, told: readonly Told[]): Promise<string[]> {
  const places: Record<string, string> = {
    answers: JSON.stringify(told.map(({ body, headers }) => [body, [...headers]])),
    logs: logged,
    spans: spans.text(),
    metrics: await shop.metrics(),
    providers: await lab.everything(),
  };
  const named = Object.keys(places).filter((place) => places[place]!.includes(text));
  return [...named, ...(await tablesHolding(shop.database.owner, text))];
}

test('wherever a card number is typed, it is refused with the field named and found nowhere', async () => {
  const { cart, quote } = await shop.ready([{ sku: mug.sku, quantity: 1 }]);
  const told: Told[] = [];
  const refused = async (field: string, answer: Promise<Told>) => {
    const got = await answer;
    told.push(got);
    expect([got.status, got.body.detail], field).toEqual([422, expect.stringContaining(field)]);
  };
  const path = `/v1/carts/${cart.id}/address`;
  for (const field of ['name', 'line1', 'city'] as const)
    await refused(field, shop.request('PUT', path, { ...address, [field]: `my card ${card}` }));
  await refused('postal_code', shop.request('PUT', path, { ...address, postal_code: card }));
  await refused('email', shop.request('PUT', path, { ...address, email: `${card}@example.test` }));
  await refused('body', shop.request('PUT', path, { ...address, [card]: 'x' }));
  const order = {
    cart_id: cart.id,
    quote_id: quote.id,
    payment: { method: 'card', token: `tok_ok_${card}` },
  };
  await refused('payment.token', shop.request('POST', '/v1/orders', order, { 'idempotency-key': 'k1' }));
  await refused('headers', shop.request('POST', '/v1/orders', order, { 'idempotency-key': card }));
  await refused('path', shop.request('GET', `/v1/carts/${card}`));
  expect(await placesHolding(card, told)).toEqual([]);
});

test('neither the e-mail nor the payment token of a good order is in a log, span or metric', async () => {
  const ready = await shop.ready([{ sku: mug.sku, quantity: 1 }]);
  expect((await shop.submit(ready, { token: 'tok_ok_secretToken' })).status).toBe(201);
  expect(spans.text()).toContain('"checkout authorize"');
  expect(await placesHolding('tok_ok_secretToken', [])).toEqual([]);
  expect(await placesHolding(address.email, [])).toEqual(['checkout.carts', 'orders.orders']);
});

test('the search finds a card number that was planted in each of these places', async () => {
  const { cart } = await shop.ready();
  await shop.database
    .owner`update checkout.carts set address = ${`{"name":"${card}"}`}::jsonb where id = ${cart.id}`;
  const read = await shop.request('GET', '/healthz', undefined);
  process.stdout.write(card);
  trace.getTracer('plant').startSpan(card).end();
  const found = await placesHolding(card, [{ ...read, body: { card } }]);
  expect(found).toEqual(['answers', 'logs', 'spans', 'checkout.carts']);
});
