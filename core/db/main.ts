// Migrates and seeds once, then ends: the first container of docker-compose.yml.
import { readMigrationConfig } from '../config.ts';
import { migrate } from './migrate.ts';
import { seed } from './seed.ts';

const config = readMigrationConfig(process.env);
await migrate({
  ownerUrl: config.DATABASE_OWNER_URL,
  rolePasswords: {
    headroom_checkout: config.CHECKOUT_DB_PASSWORD,
    headroom_orders: config.ORDERS_DB_PASSWORD,
    headroom_workers: config.WORKERS_DB_PASSWORD,
  },
});
await seed({ ownerUrl: config.DATABASE_OWNER_URL });
