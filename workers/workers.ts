// Everything that happens after the answer is given, started and stopped as one.
import type { Config } from '../core/config.ts';
import type { Database } from '../core/db/client.ts';
import { providerAccess } from '../core/payment/books.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { measureOutbox, measureQueues, measureRedis } from './backlog.ts';
import { createCompensations } from './compensations.ts';
import { startConsumer } from './consumer.ts';
import { recordDeadLetters } from './dead-letters.ts';
import { createComparison } from './discrepancies/compare.ts';
import { createHealing } from './discrepancies/heal.ts';
import { importSettlements } from './discrepancies/settlement-import.ts';
import { createFulfilment } from './fulfilment.ts';
import type { PassResult } from './in-turn.ts';
import { startLoop } from './loop.ts';
import { refillEmptied, requeueLost } from './lost-jobs.ts';
import { openMailer } from './mailer.ts';
import { notificationHandler } from './notifications.ts';
import { orderEventHandler } from './order-events.ts';
import { relayRound } from './outbox-relay.ts';
import { queueNamed } from './queues.ts';
import { createReconciliation } from './reconciliation.ts';
import { connectProducer } from './redis.ts';
import { expireRound, stockRound } from './reservations.ts';
import { createRetention } from './retention.ts';
import { createWaitingPayments } from './waiting-payments.ts';

export interface WorkersDeps {
  readonly db: Database;
  /** As many connections as mails are sent at once. */
  readonly mailDb: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
}

export interface Workers {
  /** Rejects with what is away. */
  ready(): Promise<void>;
  /** Claims nothing more, finishes what is in hand. */
  stop(): Promise<void>;
}

// As often as Prometheus looks.
const measureEveryMs = 2_000;
const expireEveryMs = 5_000;
const stockEveryMs = 60_000;
const retentionEveryMs = 60_000;
const lostJobsEveryMs = 30_000;
const settlementsEveryMs = 60_000;
const compareEveryMs = 30_000;
// A Redis that lost everything is full again within this; the look is one key.
const refillEveryMs = 2_000;
// Buyers take minutes; a provider is not asked about each of them all the time.
const waitingPaymentsEveryMs = 15_000;

export function startWorkers({ db, mailDb, instruments, log, config }: WorkersDeps): Workers {
  const producer = connectProducer(config.REDIS_URL, log);
  const mailer = openMailer(config.SMTP_URL, queueNamed('notifications').concurrency);
  const reconcile = createReconciliation({ db, instruments, log, config });
  const waitingPayments = createWaitingPayments({ db, instruments, log, config });
  const providers = providerAccess(config, instruments);
  const afterSale = { db, instruments, log, config, providers };
  const compare = createComparison(db, instruments);
  const heal = createHealing({ db, instruments, log });
  const fulfil = createFulfilment(afterSale);
  const compensate = createCompensations(afterSale);
  const loop = (name: string, everyMs: number, round: () => Promise<'more' | 'done'>) =>
    startLoop(name, { everyMs, log }, round);
  const done = async (work: Promise<unknown>) => {
    await work;
    return 'done' as const;
  };
  // Each failed case is logged already; the loop slows down while there are any.
  const pass = async (work: Promise<PassResult>) => {
    const { settled, failures } = await work;
    if (failures.length > 0) throw failures[0];
    return settled > 0 ? ('more' as const) : ('done' as const);
  };
  const loops = [
    loop('relay', config.OUTBOX_POLL_MS, async () => {
      const result = await relayRound(db, producer);
      if (result.kind === 'full') log.warn('relay.queue_full', { queue: result.queue });
      return result.kind === 'published' && result.more ? 'more' : 'done';
    }),
    loop('reconciliation', config.RECONCILE_EVERY_MS, () => done(reconcile())),
    loop('settlement files', settlementsEveryMs, async () => {
      const results = await Promise.all(providers.map((access) => importSettlements(db, access)));
      const failed = results.find((result) => result.kind === 'no_answer');
      if (failed?.kind === 'no_answer') throw new Error(`settlement files not read: ${failed.reason}`);
      return 'done';
    }),
    loop('comparison', compareEveryMs, async () => {
      const { opened, closed } = await compare();
      const healed = await heal();
      if (opened + closed + healed.settled > 0)
        log.warn('books.compared', { opened, closed, healed: healed.settled });
      if (healed.failures.length > 0) throw healed.failures[0];
      return 'done';
    }),
    loop('waiting payments', waitingPaymentsEveryMs, () => done(waitingPayments())),
    loop('fulfilment', config.FULFILMENT_EVERY_MS, () => pass(fulfil())),
    loop('compensations', config.FULFILMENT_EVERY_MS, () => pass(compensate())),
    loop('reservations', expireEveryMs, () => expireRound(db, instruments)),
    loop('stock', stockEveryMs, () => stockRound(db, instruments, log)),
    loop('retention', retentionEveryMs, createRetention({ db, instruments, config })),
    loop('outbox measure', measureEveryMs, () => done(measureOutbox(db, instruments))),
    loop('redis measure', measureEveryMs, () => done(measureRedis(producer, instruments))),
    // Redis being away is said once, by its connection; these have nothing to add.
    loop('queue measure', measureEveryMs, async () => {
      if (!producer.isReady()) return 'done';
      await measureQueues(producer, instruments);
      await recordDeadLetters(db, producer);
      return 'done';
    }),
    loop('lost jobs', lostJobsEveryMs, async () => {
      const count = producer.isReady() ? await requeueLost(db, producer) : 0;
      if (count > 0) log.warn('jobs.requeued', { count });
      return 'done';
    }),
    loop('emptied queues', refillEveryMs, async () => {
      const count = producer.isReady() ? await refillEmptied(db, producer) : 0;
      if (count > 0) log.warn('jobs.refilled', { count });
      return 'done';
    }),
  ];
  const deps = { redisUrl: config.REDIS_URL, producer, instruments, log };
  const consumers = [
    startConsumer(
      queueNamed('notifications'),
      deps,
      notificationHandler({ db, mailDb, instruments, mailer }),
    ),
    startConsumer(queueNamed('order-events'), deps, orderEventHandler(db, instruments)),
  ];
  return {
    async ready() {
      await db.sql`select 1`;
      if (!producer.isReady()) throw new Error('Redis is away');
    },
    async stop() {
      await Promise.all([...loops.map((one) => one.stop()), ...consumers.map((one) => one.close())]);
      await producer.close();
      mailer.close();
    },
  };
}
