import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { priorities, type Priority } from '../telemetry/metrics/limits.ts';
import { eventLoopLagMs } from './event-loop-lag.ts';
import { createShedding, priorityOf } from './shedding.ts';

const limits = { maxInFlight: 100, maxLagMs: 1_000 };
const admitted = (lag: number) => {
  const shedding = createShedding(limits, () => lag);
  return priorities.filter((priority) => shedding.enter(priority) !== null);
};

test.each([
  [0, ['read', 'cart', 'quote', 'submission']],
  [500, ['cart', 'quote', 'submission']],
  [700, ['quote', 'submission']],
  [850, ['submission']],
  [60_000, ['submission']],
])('at a lag of %i ms these are let in: %j', (lag, who) => {
  expect(admitted(lag)).toEqual(who);
});

test('what is refused at the edge is let in again well below it, and not at every second request', () => {
  let lag = 500;
  const shedding = createShedding(limits, () => lag);
  const letIn = () => shedding.enter('read') !== null;
  expect(letIn()).toBe(false);
  lag = 401;
  expect(letIn()).toBe(false);
  lag = 399;
  expect(letIn()).toBe(true);
  lag = 499;
  expect(letIn()).toBe(true);
});

test('whatever comes and goes, what is refused is never worth more than what is let in at that moment', () => {
  const arrival = fc.record({ priority: fc.constantFrom(...priorities), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 300 }), (arrivals) => {
      const shedding = createShedding({ ...limits, maxInFlight: 20 }, () => 0);
      const exits: (() => void)[] = [];
      for (const { priority, leaves } of arrivals) {
        const leave = shedding.enter(priority);
        const rank = priorities.indexOf(priority);
        if (leave === null) expect(exits.length).toBeGreaterThan(rank === 0 ? 7 : 11);
        else exits.push(leave);
        if (leaves) exits.shift()?.();
        if (priority === 'submission') expect(leave).not.toBeNull();
      }
    }),
  );
});

test.each<[string, string, Priority]>([
  ['GET', '/v1/catalog', 'read'],
  ['GET', '/v1/atp/MUG00001', 'read'],
  ['GET', '/v1/carts/cart_1', 'read'],
  ['POST', '/v1/carts', 'cart'],
  ['POST', '/v1/carts/cart_1/lines', 'cart'],
  ['GET', '/v1/orders/ord_1', 'cart'],
  ['POST', '/v1/stock-feed/LON-1', 'cart'],
  ['GET', '/v1/carts/cart_1/rates', 'quote'],
  ['POST', '/v1/carts/cart_1/quote', 'quote'],
  ['POST', '/v1/orders', 'submission'],
  ['POST', '/v1/payments', 'submission'],
  ['POST', '/v1/webhooks/psp-primary', 'submission'],
  ['GET', '/internal/v1/orders/ord_1', 'submission'],
])('%s %s is worth a %s', (method, path, priority) => {
  expect(priorityOf(method, path)).toBe(priority);
});

test('a process that is kept from its event loop knows that it is late', async () => {
  expect(eventLoopLagMs()).toBeLessThan(1_000);
  await vi.waitFor(
    () => {
      const until = performance.now() + 300;
      while (performance.now() < until);
      expect(eventLoopLagMs()).toBeGreaterThan(30);
    },
    { interval: 10, timeout: 20_000 },
  );
});
