// The only reader of the environment. Every process of the shop starts with readConfig(process.env).
import { isIP } from 'node:net';
import { z } from 'zod';
import { routingRules } from './inventory/routing.ts';
import { stockFeedStaleSeconds } from './telemetry/metrics/inventory.ts';

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(600_000).default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(1).max(1_000_000).default(fallback);
// Four at least: a submission may be sent again for three, and what it left behind is still known then.
const days = (fallback: number) => z.coerce.number().int().min(4).max(3_650).default(fallback);

/** Addresses and subnets, parted by commas. */
const addresses = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  )
  .refine(
    (entries) => entries.every((entry) => isIP(entry.split('/')[0]!) !== 0),
    'is not a list of addresses',
  );

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  DATABASE_URL: z.url(),
  DATABASE_POOL: count(10),
  /** As long as checkout waits for its slowest call to orders: a connection that is free later serves nobody. */
  DATABASE_POOL_WAIT_MS: milliseconds(3_000),
  REDIS_URL: z.url().default('redis://127.0.0.1:6379'),
  CHECKOUT_URL: z.url().default('http://127.0.0.1:4001'),
  ORDERS_URL: z.url().default('http://127.0.0.1:4002'),
  /** Shared secret between checkout and orders; no default: a guessable one is an open door. */
  SERVICE_TOKEN: z.string().min(16),
  PSP_PRIMARY_URL: z.url().default('http://127.0.0.1:4101'),
  PSP_BACKUP_URL: z.url().default('http://127.0.0.1:4102'),
  TAX_URL: z.url().default('http://127.0.0.1:4103'),
  RATES_URL: z.url().default('http://127.0.0.1:4104'),
  /** Secrets a provider signs its webhooks with; without one its webhooks are not taken. */
  PSP_PRIMARY_WEBHOOK_SECRET: z.string().min(16).optional(),
  PSP_BACKUP_WEBHOOK_SECRET: z.string().min(16).optional(),
  FRAUD_URL: z.url().default('http://127.0.0.1:4105'),
  SMTP_URL: z.url().default('smtp://127.0.0.1:2525'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** `off` = no spans and no metrics: what they cost is measured against it, and nothing else runs so. */
  TELEMETRY: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  // Above the 1 s latency objective, so that a timed-out call can never count as answered in time.
  PAYMENT_TIMEOUT_MS: milliseconds(2_000),
  PROVIDER_TIMEOUT_MS: milliseconds(1_000),
  // A submission has 1 s; an order that could not be screened in a third of it is better looked at later.
  FRAUD_TIMEOUT_MS: milliseconds(300),
  /** Without screening, orders up to this are taken; a person looks at the others. */
  FRAUD_BYPASS_MAX_MINOR: z.coerce.number().int().min(0).max(100_000_000).default(10_000),
  /** What chargebacks may cost in a calendar month, of each currency. */
  CHARGEBACK_BUDGET_MINOR: z.coerce.number().int().min(1).max(1_000_000_000).default(500_000),
  SUBMISSION_DEADLINE_MS: milliseconds(5_000),
  MAX_IN_FLIGHT_SUBMISSIONS: count(200),
  /** Requests in one process at which it is full; reads are refused from half of it on, quotes last. */
  MAX_IN_FLIGHT_REQUESTS: count(600),
  /** Lag of the event loop at which a process is full, by the same shares: half of it is half of the latency objective. */
  SHED_LAG_MS: milliseconds(1_000),
  /** Of one client, at one process. Generous: a whole office shops behind one address. */
  RATE_LIMIT_PER_SECOND: count(100),
  RATE_LIMIT_BURST: count(400),
  /** A load test on the same machine is one client with the traffic of all. */
  RATE_LIMIT_LOOPBACK: z.enum(['exempt', 'limited']).default('exempt'),
  /** Whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: addresses,
  RECONCILE_EVERY_MS: milliseconds(2_000),
  /** How long an unknown attempt must be silent at the provider before it is voided: the provider's longest in-flight time. */
  UNKNOWN_VOID_AFTER_MS: milliseconds(15_000),
  RESERVATION_TTL_MS: milliseconds(600_000),
  /** Life of a cart's hold on stock: long enough to type an address, short enough to give up nobody's sale for long. */
  SOFT_HOLD_TTL_MS: milliseconds(600_000),
  /** A cart holds stock only of what fewer than this many are left of; what is plentiful needs no holding. */
  SOFT_HOLD_BELOW: count(1_000),
  /** How long adding a line waits for the cart's hold: half of what a cart call may take by its objective. */
  SOFT_HOLD_TIMEOUT_MS: milliseconds(150),
  ROUTING_RULE: z.enum(routingRules).default('fewest_splits'),
  /** Whether an article may come from several locations when none has enough of it. */
  ORDER_SPLIT: z.enum(['allowed', 'never']).default('allowed'),
  /** Most placements that want one article in one commit; 1 places each by itself. */
  PLACE_BATCH_MAX: z.coerce.number().int().min(1).max(64).default(64),
  /** How long a busy article's next batch waits for more; an idle one never waits. */
  PLACE_BATCH_WAIT_MS: z.coerce.number().int().min(0).max(2).default(0),
  /** Signs stock counts of the warehouses; without it the feed answers "not configured". */
  STOCK_FEED_SECRET: z.string().min(16).optional(),
  /** A location's stock is said to be stale when its last count is older than this. */
  STOCK_FEED_STALE_AFTER_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(stockFeedStaleSeconds * 1_000),
  /** From authorised to captured and sent: the time in which a buyer may still change their mind. */
  FULFILMENT_DELAY_MS: z.coerce.number().int().min(0).max(2_592_000_000).default(900_000),
  FULFILMENT_EVERY_MS: milliseconds(2_000),
  /** Parcels the warehouses have been told of and not handed over; at the cap nothing more is captured or sent. */
  FULFILMENT_MAX_OPEN_PARCELS: count(10_000),
  /** `auto`: a parcel is the carrier's as soon as it is packed. `manual`: the warehouse says so. */
  CARRIER_HANDOVER: z.enum(['auto', 'manual']).default('auto'),
  /** An order whose money was taken and of which nothing was sent for so long is given back. */
  UNSENT_REFUND_AFTER_MS: z.coerce.number().int().min(1).max(2_592_000_000).default(86_400_000),
  OUTBOX_POLL_MS: milliseconds(100),
  /** Handled events: longer than any copy of Redis that may be put back, whose jobs would come a second time. */
  OUTBOX_RETENTION_DAYS: days(30),
  /** Longer than a provider goes on delivering an event. */
  WEBHOOK_RETENTION_DAYS: days(30),
  /** Events that came early and were applied since: as long as a dispute about them may take to come. */
  PARKED_EVENT_RETENTION_DAYS: days(120),
  /** What carts held that became no order. */
  CART_HOLD_RETENTION_DAYS: days(7),
  /** Carts nobody touches: longer than the 72 hours in which a submission of one may be sent again. */
  CART_RETENTION_DAYS: days(30),
  WORKERS_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
});

export type Config = Readonly<z.infer<typeof schema>>;

/** Throws one error that names every bad variable, so that a misconfigured process is fixed in one go. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  return usable(schema.safeParse(env));
}

function usable<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(
    `configuration is not usable:\n${lines.join('\n')}\nset these environment variables and start again`,
  );
}

/** Names of every variable the shop reads; docker-compose.yml is checked against it. */
export const configNames = Object.keys(schema.shape);

const migrationSchema = z.object({
  DATABASE_OWNER_URL: z.url(),
  CHECKOUT_DB_PASSWORD: z.string().min(8),
  ORDERS_DB_PASSWORD: z.string().min(8),
  WORKERS_DB_PASSWORD: z.string().min(8),
});

/** What `core/db/main.ts` needs: the owner's URL and the passwords the three roles get. */
export function readMigrationConfig(env: NodeJS.ProcessEnv): Readonly<z.infer<typeof migrationSchema>> {
  return usable(migrationSchema.safeParse(env));
}

export const migrationConfigNames = Object.keys(migrationSchema.shape);

const webhookSecretsSchema = z.object({
  PSP_PRIMARY_WEBHOOK_SECRET: z.string().min(16),
  PSP_BACKUP_WEBHOOK_SECRET: z.string().min(16),
});

/** What `stack/subscribe.ts` reads: the secrets the orders service has. */
export const readWebhookSecrets = (env: NodeJS.ProcessEnv): Readonly<z.infer<typeof webhookSecretsSchema>> =>
  usable(webhookSecretsSchema.safeParse(env));

export const webhookSecretNames = Object.keys(webhookSecretsSchema.shape);
