// A whole shop for tests: PostgreSQL, the lab, the orders service on a port and checkout entered by its front door.
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { CartAnswer, QuoteAnswer } from '../contracts/checkout-api.ts';
import type { TestDatabase, TestServer } from '../db/test-database.ts';
import { listen } from '../http/serve.ts';
import { createOrdersApp } from '../orders/app.ts';
import type { TestLab } from '../payment/test-lab.ts';
import { createSwitches, type Switches } from '../switches/switches.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';
import { createCheckoutApp } from './app.ts';

export const mug = { sku: 'MUG00001', price_minor: 500 } as const;
export const lamp = { sku: 'LAMP0001', price_minor: 2_000 } as const;

/** Where the line to the orders service is cut: before the call arrives, or after it did its work. */
export type Cut = 'before' | 'after';

export interface Ready {
  readonly cart: CartAnswer;
  readonly quote: QuoteAnswer;
}
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by the test that asked.
  readonly body: any;
}

export interface TestShop {
  readonly database: TestDatabase;
  /** The orders service as the world sees it. */
  readonly ordersUrl: string;
  /** Checkout's copy; it neither polls nor listens: a test refreshes it. */
  readonly switches: Switches;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Told>;
  /** A cart with an address and a quote, one call short of an order. */
  ready(
    lines?: readonly { readonly sku: string; readonly quantity: number }[],
    market?: string,
  ): Promise<Ready>;
  submit(ready: Ready, options?: { key?: string; token?: string }): Promise<Told>;
  /** Cuts the line to orders for calls whose path ends so, until mended. */
  cut(pathEnd: string, where: Cut): void;
  mend(): void;
  /** Both services without the wire between them, and everything they expose. */
  readonly doors: readonly Hono[];
  exposed(): Promise<string>;
  /** Everything checkout exposes, and one value of it by the start of its line. */
  metrics(): Promise<string>;
  metric(line: string): Promise<number | null>;
  close(): Promise<void>;
}

export const address = {
  email: 'buyer@example.test',
  name: 'A. Buyer',
  line1: '1 High Street',
  city: 'London',
  postal_code: 'N1 1AA',
  country: 'GB',
};

async function stockShelves({ owner, stock }: TestDatabase): Promise<void> {
  for (const { sku, price_minor } of [mug, lamp]) {
    await owner`insert into checkout.products (id, handle, status) values (${sku}, ${sku}, 'active')`;
    await owner`insert into checkout.variants (id, product_id, sku, title, price_minor, currency, status)
      values (${sku}, ${sku}, ${sku}, ${`A ${sku}`}, ${price_minor}, 'GBP', 'active')`;
    await stock(sku, 10_000);
  }
}

export async function startTestShop(
  server: TestServer,
  lab: TestLab,
  env: Readonly<Record<string, string>> = {},
): Promise<TestShop> {
  const database = await server.fresh();
  await stockShelves(database);
  const ordersConfig = lab.config(env);
  const ordersInstruments = createInstruments('orders');
  const orders = createOrdersApp({
    db: database.open('orders'),
    instruments: ordersInstruments,
    log: createLog('orders', ordersConfig.LOG_LEVEL),
    config: ordersConfig,
  });
  const cuts = new Map<string, Cut>();
  const wire = new Hono();
  wire.all('*', async (c) => {
    const cut = [...cuts].find(([end]) => c.req.path.endsWith(end))?.[1];
    if (cut === 'before') return c.text('cut', 502);
    const answer = await orders.fetch(c.req.raw);
    return cut === 'after' ? c.text('cut', 502) : answer;
  });
  const listening = await listen(wire, '127.0.0.1', 0);
  const instruments = createInstruments('checkout');
  const config = lab.config({
    ORDERS_URL: `http://127.0.0.1:${listening.port}`,
    // A machine that is busy with other tests must not look like a provider that is away.
    PAYMENT_TIMEOUT_MS: '4000',
    ...env,
  });
  const db = database.open('checkout');
  const log = createLog('checkout', config.LOG_LEVEL);
  const switches = createSwitches({ open: () => database.open('checkout', 1), instruments, log });
  const app = createCheckoutApp({
    db,
    instruments,
    log,
    config,
    switches,
  });

  const request: TestShop['request'] = async (method, path, body, headers = {}) => {
    const answer = await app.request(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
  };
  const expectStatus = async (status: number, told: Promise<Told>) => {
    const answer = await told;
    if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    database,
    ordersUrl: `http://127.0.0.1:${listening.port}`,
    switches,
    request,
    async ready(lines = [{ sku: mug.sku, quantity: 2 }], market = 'GB') {
      const { id } = await expectStatus(201, request('POST', '/v1/carts', { market }));
      for (const line of lines) await expectStatus(200, request('POST', `/v1/carts/${id}/lines`, line));
      const cart = await expectStatus(200, request('PUT', `/v1/carts/${id}/address`, address));
      const wish = { shipping_method: 'standard' };
      return { cart, quote: await expectStatus(201, request('POST', `/v1/carts/${id}/quote`, wish)) };
    },
    submit({ cart, quote }, { key = randomUUID(), token = 'tok_ok_1' } = {}) {
      const body = { cart_id: cart.id, quote_id: quote.id, payment: { method: 'card', token } };
      return request('POST', '/v1/orders', body, { 'idempotency-key': `"${key}"` });
    },
    cut: (pathEnd, where) => void cuts.set(pathEnd, where),
    mend: () => cuts.clear(),
    doors: [app, orders],
    exposed: async () =>
      (await Promise.all([instruments.expose(), ordersInstruments.expose()]))
        .map(({ body }) => body)
        .join(''),
    metrics: async () => (await instruments.expose()).body,
    async metric(line) {
      const { body } = await instruments.expose();
      const found = body.split('\n').find((each) => each.startsWith(line));
      return found === undefined ? null : Number(found.slice(line.length).trim().split(' ')[0]);
    },
    close: () => listening.close(),
  };
}
