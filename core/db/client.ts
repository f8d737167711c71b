// PostgreSQL by postgres.js. SQL stays visible; a transaction is a function; waiting for a connection is measured.
import { SpanKind } from '@opentelemetry/api';
import postgres from 'postgres';
import type { Service } from '../telemetry/metrics/metric.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { dbPoolUse, dbPoolWait } from '../telemetry/metrics/platform.ts';
import { withSpan } from '../telemetry/tracing.ts';
import { connectionLost } from './away.ts';
import { createPoolGate } from './pool-gate.ts';

export type Sql = postgres.Sql<{ bigint: number }>;
export type Tx = postgres.TransactionSql<{ bigint: number }>;

/** Amounts and ids fit 2^53; a bigint as a string invites adding "1" to "2". */
const bigint = { to: 20, from: [20], serialize: String, parse: Number };

export interface Database {
  readonly sql: Sql;
  /** One transaction, one span named by `summary` ("place order"), its wait for a connection and its use of it observed. */
  transaction<T>(summary: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One statement outside a transaction, with its span. */
  query<T>(summary: string, work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * postgres.js ends the process when a statement, its own rollback included, is sent on a connection that is gone
 * (porsager/postgres#1208). So once the connection is lost nothing of the transaction reaches the driver any more: the
 * work meets an error at its next statement, and its end is not told to the driver.
 */
function begin<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<unknown> {
  let over = false;
  const begun = sql.begin((tx) => {
    const guarded = new Proxy(tx as unknown as Tx, {
      apply(target, self, args) {
        if (over) throw connectionLost();
        return Reflect.apply(target as never, self, args);
      },
    });
    return new Promise((resolve, reject) => {
      const unless = (settle: (value: never) => void) => (value: unknown) => {
        if (!over) settle(value as never);
      };
      Promise.resolve()
        .then(() => work(guarded))
        .then(unless(resolve), unless(reject));
    });
  });
  return begun.finally(() => {
    over = true;
  });
}

/**
 * Longest statement by service. In orders nobody waits longer than 3 s for a call, placing included, and an order that is
 * written after its caller left holds stock for nobody. A limit for the connection and not for what is left of each call:
 * that would be a round trip before every statement, with stock rows locked for longer.
 */
const statementLimitMs = { checkout: 10_000, orders: 3_000, workers: 10_000 } as const satisfies Record<
  Service,
  number
>;

/** Seconds until a lost connection is tried again. The driver's own goes up to 20 s, in which what was given to that connection waits though PostgreSQL is back. */
const reconnectSeconds = (tries: number) => Math.min(0.05 * 2 ** tries, 1) * (0.5 + Math.random() / 2);

export function openDatabase(
  url: string,
  {
    poolSize,
    poolWaitMs,
    instruments,
  }: {
    readonly poolSize: number;
    /** Longest wait for a connection; absent, as long as it takes. */
    readonly poolWaitMs?: number;
    readonly instruments: Instruments;
  },
): Database {
  const sql = postgres(url, {
    max: poolSize,
    idle_timeout: 60,
    connect_timeout: 5,
    backoff: reconnectSeconds,
    onnotice: () => undefined,
    connection: {
      application_name: `headroom-${instruments.service}`,
      statement_timeout: statementLimitMs[instruments.service],
      lock_timeout: 5_000,
      // Compiling a plan takes longer than any statement of the shop: counting the invariants of 20 000 orders takes 1 s with it, 0.1 s without.
      jit: 'off',
      // A statement is planned once a connection, perhaps while its tables are small: at the default of 4 a hundred look-ups then
      // stay a scan of the whole outbox until the next analyze, ten times the work. What the workers look up is in memory.
      ...(instruments.service === 'workers' ? { random_page_cost: 1.1 } : {}),
    },
    types: { bigint },
  }) as Sql;
  const attributes = { 'db.system.name': 'postgresql' };
  const service = instruments.service;
  const gate = poolWaitMs === undefined ? null : createPoolGate(poolSize, poolWaitMs);
  /** Holds the connection for as long as `work` takes; what it took is told however it ended. */
  const held = async <T>(asked: number, work: () => Promise<T>, leave?: () => void): Promise<T> => {
    const obtained = performance.now();
    instruments.observe(dbPoolWait, { service }, (obtained - asked) / 1000);
    try {
      return await work();
    } finally {
      leave?.();
      instruments.observe(dbPoolUse, { service }, (performance.now() - obtained) / 1000);
    }
  };
  return {
    sql,
    transaction: (summary, work) =>
      withSpan(
        `db ${summary}`,
        { kind: SpanKind.CLIENT, attributes: { ...attributes, 'db.query.summary': summary } },
        async () => {
          const asked = performance.now();
          const wait = gate?.enter() ?? null;
          if (wait !== null) await wait;
          try {
            return (await begin(sql, (tx) => held(asked, () => work(tx)))) as never;
          } finally {
            gate?.leave();
          }
        },
      ),
    query: (summary, work) =>
      withSpan(
        `db ${summary}`,
        { kind: SpanKind.CLIENT, attributes: { ...attributes, 'db.query.summary': summary } },
        async () => {
          if (gate === null) return work(sql);
          // A statement alone is sent on a connection that others may share: what it waits for is its turn at the gate.
          const asked = performance.now();
          const wait = gate.enter();
          if (wait !== null) await wait;
          return held(asked, () => work(sql), gate.leave);
        },
      ),
    // Whoever closes has waited for its work: what is left is a transaction whose connection was lost, and that never ends.
    close: () => sql.end({ timeout: 2 }),
  };
}
