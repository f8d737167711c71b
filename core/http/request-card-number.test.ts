import { randomBytes, randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refuseCardNumbers } from './refuse-card-numbers.ts';
import { cardNumberIn } from './request-card-number.ts';
import { type Listening, listen } from './serve.ts';

const card = '4111111111111111';
const shapes = [card, '4111 1111 1111 1111', '4111-1111-1111-1111', '4111.1111.1111.1111', '378282246310005'];
const request = (more: Partial<Parameters<typeof cardNumberIn>[0]>) => ({
  target: '/v1/carts/cart_1',
  headers: ['content-type', 'application/json'],
  body: '',
  ...more,
});

test.each(shapes)('%s is seen in a path, a query, a header and a body, whole or escaped', (shape) => {
  const escaped = [...shape].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('');
  for (const target of [
    `/v1/carts/${encodeURIComponent(shape)}`,
    `/x?q=a&note=my+card+${shape.replaceAll(' ', '+')}`,
  ])
    expect(cardNumberIn(request({ target })), target).toBe('path or query');
  for (const headers of [
    ['x-note', `card ${shape}`],
    [shape, 'x'],
    ['traceparent', shape],
  ])
    expect(cardNumberIn(request({ headers }))).toBe('headers');
  for (const body of [
    JSON.stringify({ payment: { note: `my card ${shape}!` } }),
    `{"payment":{"note":"${escaped}"}}`,
    `{"payment":{"note":"line\\n${shape}"}}`,
  ])
    expect(cardNumberIn(request({ body })), body).toBe('payment.note');
  expect(cardNumberIn(request({ body: `{"${shape}":1}` }))).toBe('body');
  expect(cardNumberIn(request({ body: `not json ${shape}` }))).toBe('body');
});

test('as a number it is seen too', () => {
  expect(cardNumberIn(request({ body: `{"quantity":${card}}` }))).toBe('quantity');
});

test('the ids, traces, keys and times of the shop are not taken for one, however many there are', () => {
  // Seeded only by chance, so many: without the standing rule one in a thousand of these would be refused.
  for (let i = 0; i < 20_000; i++) {
    const hex = randomBytes(32).toString('hex');
    const found = cardNumberIn({
      target: `/internal/v1/orders/ord_${hex.slice(0, 24)}/events`,
      headers: [
        'traceparent',
        `00-${hex.slice(0, 32)}-${hex.slice(32, 48)}-01`,
        'idempotency-key',
        randomUUID(),
      ],
      body: JSON.stringify({
        id: `ch_${hex.slice(0, 32)}`,
        fingerprint: hex,
        cart: `cart_${randomBytes(16).toString('base64url')}`,
        at_ms: Date.now(),
      }),
    });
    expect(found, hex).toBeNull();
  }
});

let listening: Listening;
const app = new Hono();
beforeAll(async () => {
  app.use(refuseCardNumbers);
  app.post('/', async (c) => c.json(await c.req.json()));
  listening = await listen(app, '127.0.0.1', 0);
});
afterAll(() => listening.close());

test('over a real connection the refusal repeats nothing, and a clean body reaches its handler', async () => {
  const url = `http://127.0.0.1:${listening.port}/`;
  const post = (body: unknown, headers = {}) =>
    fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  expect(await (await post({ fine: true })).json()).toEqual({ fine: true });
  for (const answer of [await post({ note: card }), await post({}, { 'x-note': card })]) {
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(text).toContain('card_number_refused');
    expect(text).not.toContain(card);
  }
});
