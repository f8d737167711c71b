// A real server under real concurrency: who is let in, who is not, and what they are told.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';
import { type Priority, priorities } from '../telemetry/metrics/limits.ts';
import { createHttpApp } from './app.ts';
import { type Listening, listen } from './serve.ts';
import { limitTraffic } from './traffic.ts';

const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const calls = {
  read: ['GET', '/v1/catalog'],
  cart: ['POST', '/v1/carts'],
  quote: ['POST', '/v1/carts/one/quote'],
  submission: ['POST', '/v1/orders'],
} as const satisfies Record<Priority, readonly [string, string]>;

/** A shop whose work lasts until `finish()`. */
async function busyShop(env: Record<string, string> = {}, priority?: () => Priority) {
  const config = readConfig({ DATABASE_URL: 'postgres://x/y', SERVICE_TOKEN: 'x'.repeat(16), ...env });
  const instruments = createInstruments('checkout');
  const app = createHttpApp({
    instruments,
    log: createLog('checkout', 'error'),
    ready: () => Promise.resolve(),
    traffic: limitTraffic({ config, instruments, ...(priority === undefined ? {} : { priority }) }),
  });
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let inside = 0;
  for (const [method, path] of Object.values(calls))
    app.on(method, path, async (c) => {
      inside += 1;
      await finished;
      return c.json({});
    });
  const listening = await listen(app, '127.0.0.1', 0);
  open.push(listening);
  return {
    port: listening.port,
    finish,
    inside: () => inside,
    ask(kind: Priority, headers: Record<string, string> = {}) {
      const [method, path] = calls[kind];
      return fetch(`http://127.0.0.1:${listening.port}${path}`, { method, headers });
    },
    metric: async (labels: string) => {
      const { body } = await instruments.expose();
      const line = body.split('\n').find((each) => each.startsWith(`http_requests_refused_total{${labels}}`));
      return Number(line?.split(' ')[1]);
    },
  };
}

describe('at overload', () => {
  const each = 60;
  /** So many of every kind at once, mixed; the work ends when everybody else was refused. Share of each kind let in. */
  async function rush(shop: Awaited<ReturnType<typeof busyShop>>) {
    const letIn = { read: 0, cart: 0, quote: 0, submission: 0 };
    let refused = 0;
    const all = Array.from({ length: each }).flatMap(() =>
      priorities.map(async (kind) => {
        const answer = await shop.ask(kind);
        if (answer.status === 200) letIn[kind] += 1 / each;
        else {
          expect(answer.status).toBe(503);
          expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          refused += 1;
        }
      }),
    );
    await vi.waitFor(() => expect(shop.inside() + refused).toBe(each * priorities.length), {
      timeout: 20_000,
    });
    shop.finish();
    await Promise.all(all);
    return letIn;
  }

  test('every submission is let in, and most of the reads are not', async () => {
    const shop = await busyShop({ MAX_IN_FLIGHT_REQUESTS: '80' });
    const letIn = await rush(shop);
    expect(letIn.submission).toBeCloseTo(1);
    expect(letIn.read).toBeLessThan(0.7);
    const refused = await shop.metric('service="checkout",priority="read",reason="overload"');
    expect(refused).toBe(Math.round((1 - letIn.read) * each));
    expect(await shop.metric('service="checkout",priority="submission",reason="overload"')).toBe(0);
  });

  test('without priorities submissions are refused like everything else: it is the priorities', async () => {
    const letIn = await rush(await busyShop({ MAX_IN_FLIGHT_REQUESTS: '80' }, () => 'quote'));
    expect(letIn.submission).toBeLessThan(0.7);
  });

  test('nobody is refused by the limits a shop has by default', async () => {
    const letIn = await rush(await busyShop());
    expect(Object.values(letIn).every((share) => share > 0.99)).toBe(true);
  });
});

describe('of one client', () => {
  const tight = { RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '20', RATE_LIMIT_LOOPBACK: 'limited' };
  async function statuses(
    env: Record<string, string>,
    headers: (i: number) => Record<string, string>,
    n = 30,
  ) {
    const shop = await busyShop(env);
    shop.finish();
    const answers = await Promise.all(Array.from({ length: n }, (_, i) => shop.ask('cart', headers(i))));
    return { shop, answers, refused: answers.filter((answer) => answer.status === 429) };
  }

  test('more than its share is refused, and it is told when to come back', async () => {
    const { shop, answers, refused } = await statuses(tight, () => ({}));
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('ratelimit')).toMatch(/^"client";r=0;t=[1-9]/);
      expect(((await answer.json()) as { type: string }).type).toBe('urn:headroom:problem:too_many_requests');
    }
    expect(answers.every((answer) => answer.headers.get('ratelimit-policy') === '"client";q=20;w=20')).toBe(
      true,
    );
    expect(await shop.metric('service="checkout",priority="cart",reason="rate_limit"')).toBe(refused.length);
  });

  test('a load test on this machine is let through at ten times the rate of a drill', async () => {
    const { refused } = await statuses({}, () => ({}), 600);
    expect(refused).toEqual([]);
  });

  test('behind a proxy we know every client has a share of its own, and what it writes itself is not believed', async () => {
    const env = { ...tight, TRUSTED_PROXIES: '127.0.0.0/8, ::1' };
    const many = await statuses(env, (i) => ({ 'x-forwarded-for': `203.0.113.${i}` }));
    expect(many.refused).toEqual([]);
    const liar = await statuses(env, (i) => ({ 'x-forwarded-for': `198.51.100.${i}, 203.0.113.7` }));
    expect(liar.refused.length).toBeGreaterThan(0);
  });

  test('the paths of our own services are no way around it, but for those who have their token', async () => {
    const ask = async (token: string) => {
      const { port } = await busyShop(tight);
      const headers = { 'x-service-token': token };
      const asked = Array.from({ length: 30 }, () =>
        fetch(`http://127.0.0.1:${port}/internal/v1/orders`, { method: 'POST', headers }),
      );
      return new Set((await Promise.all(asked)).map(({ status }) => status));
    };
    expect(await ask('guessed')).toEqual(new Set([404, 429]));
    expect(await ask('x'.repeat(16))).toEqual(new Set([404]));
  });

  test('a proxy we do not know is one client, whatever it forwards', async () => {
    const { refused } = await statuses(tight, (i) => ({ 'x-forwarded-for': `203.0.113.${i}` }));
    expect(refused.length).toBeGreaterThan(0);
  });
});

test('a list of proxies that is none is refused at the start', () => {
  const env = { DATABASE_URL: 'postgres://x/y', SERVICE_TOKEN: 'x'.repeat(16), TRUSTED_PROXIES: 'everybody' };
  expect(() => readConfig(env)).toThrow('TRUSTED_PROXIES');
});
