// One confirmation an order, whatever runs twice. One run:
//
//   claim (order, kind)   → sent already? note the event, done. Held by another run? come back later
//   hand to SMTP          → refused for good? dead letter. Failed? give the claim back, run again
//   note sent + inbox     → one statement
//
// What remains: SMTP accepts and the process dies, or loses PostgreSQL, before "sent" is stored. Nobody can tell that
// from a mail that was never accepted, and no confirmation is worse than two: after the lease it is sent again, under
// the same Message-ID. That window is one round trip to PostgreSQL; in every other case it is exactly one.
import { SpanKind } from '@opentelemetry/api';
import { UnrecoverableError } from 'bullmq';
import type { OrderEventV1 } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import { handleOnce } from '../core/outbox/inbox.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { notificationDelay } from '../core/telemetry/metrics.ts';
import { withSpan } from '../core/telemetry/tracing.ts';
import { confirmationKind, confirmationMail, messageIdOf } from './confirmation-mail.ts';
import type { Handle } from './consumer.ts';
import { closeEvent } from './handled-event.ts';
import { claimMail, noteSent, releaseClaim } from './mail-claims.ts';
import type { Mailer, SendResult } from './mailer.ts';

const consumer = 'notifications';
const kind = confirmationKind;

export interface NotificationDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly mailer: Mailer;
}

export const notificationHandler =
  (deps: NotificationDeps): Handle =>
  async ({ event }) => {
    await confirm(deps, event);
    await closeEvent(deps.db, deps.instruments, event);
  };

async function confirm({ db, instruments, mailer }: NotificationDeps, event: OrderEventV1): Promise<void> {
  const orderId = event.order_id;
  const eventId = event.event_id;
  const claim = await db.query('claim mail', (sql) =>
    claimMail(sql, { orderId, kind, messageId: messageIdOf(orderId) }),
  );
  if (claim.kind === 'held') throw new Error('another run holds this mail');
  if (claim.kind !== 'ours') {
    await db.query('note event', (sql) => handleOnce(sql, consumer, eventId));
    return;
  }
  const result = await withSpan(
    'send mail',
    { kind: SpanKind.CLIENT, attributes: { 'headroom.order_id': orderId } },
    async (span): Promise<SendResult> => {
      const sent = await mailer.send(confirmationMail(claim.order));
      if (sent.kind !== 'accepted') span.setAttribute('error.type', sent.kind);
      return sent;
    },
  );
  if (result.kind !== 'accepted') {
    await db.query('release mail', (sql) => releaseClaim(sql, orderId, kind, claim.token));
    if (result.kind === 'failed') throw result.error;
    throw new UnrecoverableError(`the mail server refuses this mail: ${result.code}`);
  }
  const delaySeconds = await db.query('note mail sent', (sql) =>
    noteSent(sql, { orderId, kind, consumer, eventId }),
  );
  if (delaySeconds !== null) instruments.observe(notificationDelay, {}, Math.max(0, delaySeconds));
}
