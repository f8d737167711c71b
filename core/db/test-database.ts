// Databases for tests: each is a clone of one migrated template, so a test file pays for the schema once.
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { createInstruments } from '../telemetry/instruments.ts';
import type { Service } from '../telemetry/metrics/metric.ts';
import { type Database, openDatabase, type Sql } from './client.ts';
import { type DatabaseRole, migrate } from './migrate.ts';
import { seed } from './seed.ts';
import { startTestPostgres } from './test-postgres.ts';

export interface TestDatabase {
  readonly ownerUrl: string;
  /** URL for the role of each service. */
  readonly urls: Readonly<Record<Service, string>>;
  /** The owner's own connection: to look behind the shop's back, and to plant bugs. */
  readonly owner: Sql;
  /** The shop's client with that service's role and instruments of its own; closed with the server. */
  open(service: Service, poolSize?: number): Database;
  /** Stock rows as a test wants them, at the seed's location unless told. */
  stock(sku: string, onHand: number, location?: string): Promise<void>;
}

export interface TestServer {
  /** A fresh migrated database; `seeded` also holds the seed catalogue. */
  fresh(options?: { seeded?: boolean }): Promise<TestDatabase>;
  stop(): Promise<void>;
}

const passwords: Record<DatabaseRole, string> = {
  headroom_checkout: 'checkout-test',
  headroom_orders: 'orders-test',
  headroom_workers: 'workers-test',
};

/** Start in `beforeAll`, stop in `afterAll`. */
export async function startTestServer(): Promise<TestServer> {
  const server = await startTestPostgres();
  const admin = postgres(server.url('owner', 'postgres'), { max: 1, onnotice: () => undefined });
  const opened: { close(): Promise<void> }[] = [];
  await admin`create database template_plain`;
  await migrate({ ownerUrl: server.url('owner', 'template_plain'), rolePasswords: passwords });
  let seededTemplate: Promise<string> | null = null;
  const seedOnce = async () => {
    await admin`create database template_seeded template template_plain`;
    await seed({ ownerUrl: server.url('owner', 'template_seeded') });
    return 'template_seeded';
  };
  return {
    async fresh({ seeded = false } = {}) {
      if (seeded) seededTemplate ??= seedOnce();
      const template = seeded ? await seededTemplate : 'template_plain';
      const name = `test_${randomBytes(6).toString('hex')}`;
      await admin.unsafe(`create database ${name} template ${template}`);
      const ownerUrl = server.url('owner', name);
      const urlOf = (service: Service) => server.url(`headroom_${service}`, name);
      const owner = postgres(ownerUrl, {
        max: 4,
        onnotice: () => undefined,
        types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
      }) as Sql;
      opened.push({ close: () => owner.end({ timeout: 1 }) });
      return {
        ownerUrl,
        urls: { checkout: urlOf('checkout'), orders: urlOf('orders'), workers: urlOf('workers') },
        owner,
        open(service, poolSize = 10) {
          const db = openDatabase(urlOf(service), { poolSize, instruments: createInstruments(service) });
          opened.push(db);
          return db;
        },
        async stock(sku, onHand, location = 'LON-1') {
          await owner`insert into orders.stock (sku, location_id, on_hand) values (${sku}, ${location}, ${onHand})
            on conflict (sku, location_id) do update set on_hand = excluded.on_hand`;
        },
      };
    },
    async stop() {
      await Promise.all(opened.map((database) => database.close()));
      await admin.end({ timeout: 1 });
      await server.stop();
    },
  };
}
