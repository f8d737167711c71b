// One confirmation an order, whatever runs twice. One run, in one transaction:
//
//   lock (order, kind)    → sent already? note the event, done. Held by another run? come back later
//   hand to SMTP          → refused for good? dead letter. Failed? run again
//   note sent + inbox     → committed with the lock
//
// Accepted but not committed, because PostgreSQL went away: this process goes on trying to note it, so the mail is not
// sent again. What remains is SMTP accepting and the process dying before that, or the line breaking between the
// server's accept and our hearing it. Nobody can tell those from a mail that was never accepted, and no confirmation is
// worse than two: it is sent again under the same Message-ID.
import { setTimeout as pause } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import { UnrecoverableError } from 'bullmq';
import type { OrderEventV1 } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import { handleOnce } from '../core/outbox/inbox.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { notificationDelay } from '../core/telemetry/metrics/pipeline.ts';
import { withSpan } from '../core/telemetry/tracing.ts';
import { confirmationKind, confirmationMail, messageIdOf, type OrderToConfirm } from './confirmation-mail.ts';
import type { Handle } from './consumer.ts';
import { closeEvent } from './handled-event.ts';
import { claimMail, noteSent } from './mail-record.ts';
import type { Mailer, SendResult } from './mailer.ts';

const consumer = 'notifications';
// Longer than a restart or failover of PostgreSQL; past it a second mail is the lesser evil.
const noteLimitMs = 120_000;
const notePauseMs = 500;

export interface NotificationDeps {
  readonly db: Database;
  /** Connections of its own: each is held while a mail is sent, and a slow mail server must not take everybody's. */
  readonly mailDb: Database;
  readonly instruments: Instruments;
  readonly mailer: Mailer;
}

export const notificationHandler =
  (deps: NotificationDeps): Handle =>
  async ({ event }) => {
    await confirm(deps, event);
    await closeEvent(deps.db, deps.instruments, event);
  };

async function confirm(
  { db, mailDb, instruments, mailer }: NotificationDeps,
  event: OrderEventV1,
): Promise<void> {
  const key = { orderId: event.order_id, kind: confirmationKind };
  const sent = { messageId: messageIdOf(event.order_id), consumer, eventId: event.event_id };
  let sending: Promise<SendResult> | null = null;
  const inTransaction = () =>
    mailDb.transaction('confirm order', async (tx): Promise<number | null> => {
      const claim = await claimMail(tx, key);
      if (claim.kind === 'held') throw new Error('another run is sending this mail');
      if (claim.kind !== 'ours') {
        await handleOnce(tx, consumer, event.event_id);
        return null;
      }
      sending = send(mailer, claim.order);
      const result = await sending;
      if (result.kind === 'failed') throw new Error(`mail not accepted: ${result.reason}`);
      if (result.kind === 'refused')
        throw new UnrecoverableError(`the mail server refuses this mail: ${result.code}`);
      return noteSent(tx, key, sent);
    });
  const delaySeconds = await inTransaction().catch(async (error: unknown) => {
    // The transaction may end before the mail server has answered: what it says then decides.
    if ((await sending)?.kind !== 'accepted') throw error;
    return insist(() => db.query('note mail sent', (sql) => noteSent(sql, key, sent)));
  });
  if (delaySeconds !== null) instruments.observe(notificationDelay, {}, Math.max(0, delaySeconds));
}

const send = (mailer: Mailer, order: OrderToConfirm): Promise<SendResult> =>
  withSpan(
    'send mail',
    { kind: SpanKind.CLIENT, attributes: { 'headroom.order_id': order.order_id } },
    async (span) => {
      const result = await mailer.send(confirmationMail(order));
      if (result.kind !== 'accepted') span.setAttribute('error.type', result.kind);
      return result;
    },
  );

async function insist<T>(work: () => Promise<T>): Promise<T> {
  const endsAt = performance.now() + noteLimitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > endsAt) throw error;
      await pause(notePauseMs);
    }
  }
}
