// One mail an event, whatever runs twice. One run, in one transaction:
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
import type { Handle } from './consumer.ts';
import { handledOf, observeDone } from './handled-event.ts';
import { type Mail, type MailKey, type MailTemplate, mailOf } from './mail/mail.ts';
import { orderConfirmation } from './mail/order-confirmation.ts';
import { templateOf } from './mail/templates.ts';
import { claimMail, type Noted, noteSent } from './mail-record.ts';
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
    const template = templateOf[event.type];
    if (template === undefined)
      throw new UnrecoverableError(`${event.type} is told to nobody, and queued for mail`);
    const { age_s, delay_s } = await tell(deps, template, event);
    observeDone(deps.instruments, age_s);
    if (delay_s !== null && template === orderConfirmation)
      deps.instruments.observe(notificationDelay, {}, Math.max(0, delay_s));
  };

async function tell(
  { db, mailDb, mailer }: NotificationDeps,
  template: MailTemplate,
  event: OrderEventV1,
): Promise<Noted> {
  const key: MailKey = { orderId: event.order_id, kind: template.kind, subjectId: event.subject_id };
  const handled = handledOf(event);
  let sending: Promise<SendResult> | null = null;
  const inTransaction = () =>
    mailDb.transaction('send mail', async (tx): Promise<Noted> => {
      const claim = await claimMail(tx, key, template);
      if (claim.kind === 'held') throw new Error('another run is sending this mail');
      if (claim.kind !== 'ours')
        return { delay_s: null, age_s: (await handleOnce(tx, consumer, handled)).age_s };
      sending = send(mailer, event.order_id, mailOf(template, key, claim.facts));
      const result = await sending;
      if (result.kind === 'failed') throw new Error(`mail not accepted: ${result.reason}`);
      if (result.kind === 'refused')
        throw new UnrecoverableError(`the mail server refuses this mail: ${result.code}`);
      return noteSent(tx, key, consumer, handled);
    });
  return inTransaction().catch(async (error: unknown) => {
    // The transaction may end before the mail server has answered: what it says then decides.
    if ((await sending)?.kind !== 'accepted') throw error;
    return insist(() => db.query('note mail sent', (sql) => noteSent(sql, key, consumer, handled)));
  });
}

const send = (mailer: Mailer, orderId: string, mail: Mail): Promise<SendResult> =>
  withSpan(
    'send mail',
    { kind: SpanKind.CLIENT, attributes: { 'headroom.order_id': orderId } },
    async (span) => {
      const result = await mailer.send(mail);
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
