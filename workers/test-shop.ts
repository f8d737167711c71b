// A shop behind the workers for tests: orders enter by the orders service, what comes out is seen where it comes out.
import { type Config, readConfig } from '../core/config.ts';
import { type Database, openDatabase } from '../core/db/client.ts';
import type { TestDatabase } from '../core/db/test-database.ts';
import { ordersInstance, paymentEventOf, submission, type TestOrders } from '../core/orders/test-orders.ts';
import { createInstruments, type Instruments } from '../core/telemetry/instruments.ts';
import { createLog, type Log } from '../core/telemetry/log.ts';
import type { TestLab } from './test-parts.ts';

export interface Placed {
  readonly orderId: string;
  readonly attemptId: string;
  readonly amountMinor: number;
  readonly checkout: string;
}

export interface TestShop {
  readonly database: TestDatabase;
  readonly orders: TestOrders;
  readonly db: Database;
  readonly mailDb: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
  /** The first commit of a submission: pending, stock held, attempt started. */
  place(checkout?: string): Promise<Placed>;
  authorize(placed: Placed): Promise<void>;
  /** Place and authorise. */
  sell(): Promise<Placed>;
  stateOf(orderId: string): Promise<string>;
  /** Makes the attempts of an order look this old. */
  age(orderId: string, seconds: number): Promise<void>;
  metric(line: string): Promise<number | undefined>;
  close(): Promise<void>;
}

export async function testShop(
  database: TestDatabase,
  around: {
    databaseUrl?: string;
    redisUrl?: string;
    smtpUrl?: string;
    lab?: TestLab;
    more?: Record<string, string>;
  } = {},
): Promise<TestShop> {
  const { redisUrl = 'redis://127.0.0.1:1', smtpUrl = 'smtp://127.0.0.1:1', lab, more = {} } = around;
  const { databaseUrl = database.urls.workers } = around;
  const port = (name: keyof TestLab['ports']) => `http://127.0.0.1:${lab?.ports[name] ?? 1}`;
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    SMTP_URL: smtpUrl,
    SERVICE_TOKEN: 'token-of-the-tests',
    PSP_PRIMARY_URL: port('psp-primary'),
    PSP_BACKUP_URL: port('psp-backup'),
    // A machine that is busy with other tests must not look like a provider that is away.
    PAYMENT_TIMEOUT_MS: '10000',
    RECONCILE_EVERY_MS: '200',
    ...more,
  });
  await database.stock('AAAA1111', 1_000);
  const orders = ordersInstance(database);
  const instruments = createInstruments('workers');
  const shop: TestShop = {
    database,
    orders,
    db: openDatabase(databaseUrl, { poolSize: 10, instruments }),
    mailDb: openDatabase(databaseUrl, { poolSize: 8, instruments }),
    instruments,
    log: createLog('workers', 'error'),
    config,
    async place(checkout) {
      const order = submission(checkout === undefined ? {} : { checkout });
      const answer = await orders.place(order);
      if (answer.kind !== 'placed') throw new Error(`not placed: ${answer.kind}`);
      const { order_id: orderId, attempt } = answer;
      return {
        orderId,
        attemptId: attempt.id,
        amountMinor: attempt.amount_minor,
        checkout: order.checkout_id,
      };
    },
    async authorize({ orderId, attemptId }) {
      await orders.event(orderId, paymentEventOf(attemptId, 'payment.authorized'));
    },
    async sell() {
      const placed = await shop.place();
      await shop.authorize(placed);
      return placed;
    },
    async stateOf(orderId) {
      const [row] = await database.owner<{ state: string }[]>`
        select state from orders.orders where public_id = ${orderId}`;
      return row!.state;
    },
    async age(orderId, seconds) {
      await database.owner`
        update orders.payment_attempts set created_at = now() - ${seconds}::int * interval '1 second'
        where order_id = ${orderId}`;
      await database.owner`
        update orders.idempotency_keys set locked_at = now() - ${seconds}::int * interval '1 second'
        where order_id = ${orderId}`;
    },
    async metric(line) {
      const { body } = await instruments.expose();
      const found = body.split('\n').find((each) => each.startsWith(`${line} `));
      return found === undefined ? undefined : Number(found.slice(line.length + 1).split(' ')[0]);
    },
    async close() {
      await Promise.all([shop.db.close(), shop.mailDb.close()]);
    },
  };
  return shop;
}
