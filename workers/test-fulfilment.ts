// A shop whose paid orders are captured and sent by workers, for tests: real PostgreSQL and the real provider lab.
import type { TestDatabase, TestServer } from '../core/db/test-database.ts';
import { paymentEventOf, submission } from '../core/orders/test-orders.ts';
import { providerAccess } from '../core/payment/books.ts';
import type { Provider } from '../core/telemetry/metrics/payment.ts';
import { createCompensations } from './compensations.ts';
import { createFulfilment, type FulfilmentDeps } from './fulfilment.ts';
import type { TestLab } from './test-parts.ts';
import { type TestShop, testShop } from './test-shop.ts';

export interface Sold {
  readonly orderId: string;
  readonly attemptId: string;
  readonly amountMinor: number;
  readonly provider: Provider;
}
interface Booked {
  readonly reference: string;
  readonly status: string;
  readonly captured_minor: number;
  readonly refunded_minor: number;
}

export interface Fulfilling {
  readonly database: TestDatabase;
  readonly shop: TestShop;
  /** More workers of the shop, with settings of their own. */
  workers(more?: Record<string, string>): Promise<TestShop>;
  /** A paid order of two articles at two locations, its money held at the lab. */
  sell(provider?: Provider): Promise<Sold>;
  cancel(orderId: string): Promise<Response>;
  /** Claims run out, pauses are over: nobody waits a minute for a dead worker. */
  later(): Promise<unknown>;
  runUntil(of: TestShop, done: () => Promise<boolean>): Promise<void>;
  isIn(orderId: string, state: string): () => Promise<boolean>;
  atProvider(order: Sold): Promise<Omit<Booked, 'reference'>>;
  operationsOf(orderId: string): Promise<string[]>;
  parcelsOf(orderId: string): Promise<string[]>;
  reservationsOf(orderId: string): Promise<Set<string>>;
  close(): Promise<void>;
}

export const depsOf = (of: TestShop): FulfilmentDeps => ({
  ...{ db: of.db, instruments: of.instruments, log: of.log, config: of.config },
  providers: providerAccess(of.config, of.instruments),
});
export const passes = (deps: FulfilmentDeps) => {
  const fulfil = createFulfilment(deps);
  const compensate = createCompensations(deps);
  return async () => [await fulfil(), await compensate()];
};

export async function startFulfilling(server: TestServer, lab: TestLab): Promise<Fulfilling> {
  const database = await server.fresh();
  const { owner } = database;
  await owner`insert into orders.locations (id, country, zone) values ('MAN-1', 'GB', 'europe')`;
  await database.stock('BBBB2222', 1_000, 'MAN-1');
  const opened: TestShop[] = [];
  const workers = async (more: Record<string, string> = {}) => {
    const made = await testShop(database, {
      lab,
      // What is not found at a provider is final at once: no test waits for a call that may still arrive.
      more: { FULFILMENT_DELAY_MS: '0', UNKNOWN_VOID_AFTER_MS: '1', ...more },
    });
    opened.push(made);
    return made;
  };
  const shop = await workers();
  const later = () => owner`update orders.payment_operations set next_try_at = now() - interval '1 second'`;
  return {
    database,
    shop,
    workers,
    later,
    async sell(provider = 'psp-primary') {
      const lines = ['AAAA1111', 'BBBB2222'].map((sku) => ({ sku, quantity: 1, unit_price_minor: 500 }));
      const answer = await shop.orders.place({
        ...submission({ lines }),
        payment: { method: 'card', provider },
      });
      if (answer.kind !== 'placed') throw new Error(answer.kind);
      const { order_id: orderId, attempt } = answer;
      const { id: attemptId, amount_minor: amountMinor } = attempt;
      await lab.authorize({ reference: attemptId, order: orderId, amount_minor: amountMinor, provider });
      await shop.orders.event(orderId, paymentEventOf(attemptId, 'payment.authorized'));
      return { orderId, attemptId, amountMinor, provider };
    },
    cancel: (orderId) =>
      shop.orders.post(`/internal/v1/orders/${orderId}/cancel`, { reason: 'changed_mind' }, undefined, {
        'idempotency-key': 'a-key',
      }),
    async runUntil(of, done) {
      const pass = passes(depsOf(of));
      for (let round = 0; round < 12; round++) {
        await later();
        await pass();
        if (await done()) return;
      }
      throw new Error('twelve passes did not end it');
    },
    isIn: (orderId, state) => async () => (await shop.stateOf(orderId)) === state,
    async atProvider({ provider, attemptId }) {
      const { charges } = (await lab.books(provider)) as { charges: Booked[] };
      const { status, captured_minor, refunded_minor } = charges.find(
        (each) => each.reference === attemptId,
      )!;
      return { status, captured_minor, refunded_minor };
    },
    async operationsOf(orderId) {
      const rows = await owner`
        select kind, state from orders.payment_operations where order_id = ${orderId} order by requested_at`;
      return rows.map(({ kind, state }) => `${kind} ${state}`);
    },
    async parcelsOf(orderId) {
      const rows = await owner`
        select location_id, status from orders.shipments where order_id = ${orderId} order by location_id`;
      return rows.map(({ location_id, status }) => `${location_id} ${status}`);
    },
    async reservationsOf(orderId) {
      const rows = await owner`select status from orders.reservations where order_id = ${orderId}`;
      return new Set(rows.map(({ status }) => String(status)));
    },
    async close() {
      await Promise.all(opened.map((one) => one.close()));
    },
  };
}
