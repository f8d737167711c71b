// The one completion path. HTTP, webhook, poller and reconciliation all end an order's payment here:
//
//   guess: pending order, undecided attempt → pure decision → guarded move            (one statement, the common case)
//   not so: lock and read the order → known event? → pure decision → move, settle, or note a discrepancy
//
// The same event again, under the same id or another, changes nothing and says what is so.
import type { PaymentEvent } from '../contracts/orders-api.ts';
import type { Database, Tx } from '../db/client.ts';
import { retryDeadlock } from '../db/conflict.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { cancelForWantOfStock, recoverHold } from './lapsed-hold.ts';
import { announcementOf, type Move, moveOrder } from './move.ts';
import { observe } from './observe.ts';
import type { OrderState } from './order.ts';
import type { AppliedEvent, Outcome } from './outcome.ts';
import { type AttemptState, effectOf, type PaymentEffect, undecided } from './payment-effect.ts';
import { noteDiscrepancy, settleVoid } from './settlement.ts';
import { openAnswer, type SettledOrder, settledAnswer, type StoredAnswer } from './settled-answer.ts';

export async function applyPaymentEvent(
  db: Database,
  instruments: Instruments,
  orderId: string,
  event: PaymentEvent,
): Promise<AppliedEvent> {
  const guessed = event.answer === undefined ? null : await tryGuess(db, orderId, event, event.answer);
  const outcome =
    guessed ??
    (await retryDeadlock(() =>
      db.transaction('apply payment event', (tx) => applyToLocked(tx, orderId, event)),
    ));
  observe(instruments, event, outcome);
  return outcome.answer;
}

async function tryGuess(
  db: Database,
  orderId: string,
  event: PaymentEvent,
  answer: { status: number; body?: unknown },
): Promise<Outcome | null> {
  const effect = effectOf('pending_payment', 'started', event.type);
  if (effect.kind !== 'move') throw new Error(`${event.type} does not decide a pending order`);
  const move = moveOf(orderId, event, 'pending_payment', effect, undecided, false);
  const stored = { status: answer.status, body: answer.body ?? null };
  const moved = await retryDeadlock(() =>
    db.query('apply payment event', (sql) => moveOrder(sql, { ...move, answer: stored })),
  );
  return moved && applied('pending_payment', effect.to, moved.voided);
}

/** An unknown outcome leaves a pending order pending: that is no state entered. */
const applied = (from: OrderState, to: OrderState, voided: number): Outcome => ({
  answer: { kind: 'applied', state: to },
  entered: from === to ? [] : [to],
  voided,
});

type MoveEffect = Extract<PaymentEffect, { kind: 'move' }>;

const moveOf = (
  orderId: string,
  event: PaymentEvent,
  from: OrderState,
  { to, as, attempt }: MoveEffect,
  attemptFrom: readonly AttemptState[],
  retryable: boolean,
): Omit<Move, 'answer'> => ({
  orderId,
  attemptId: event.attempt_id,
  eventId: event.event_id,
  event: as,
  from,
  to,
  attemptFrom,
  attemptTo: attempt,
  retryable,
  ledger: to === 'authorized' ? 'authorized' : null,
  announces: announcementOf(to),
  providerReference: event.provider_reference ?? null,
  reason: event.reason ?? null,
});

/** What is told to whoever waits for this attempt, when nobody else said it; null while there is nothing to say. */
function answerAfter(effect: MoveEffect, order: SettledOrder): StoredAnswer | null {
  if (effect.as === 'payment.retryable') return openAnswer(order.order_id);
  return effect.to === 'pending_payment' ? null : settledAnswer(order);
}

interface Locked {
  readonly state: OrderState;
  readonly hold_lapsed: boolean;
  readonly total_minor: number;
  readonly currency: string;
  readonly attempt_state: AttemptState;
  readonly retryable: boolean;
}

async function applyToLocked(tx: Tx, orderId: string, event: PaymentEvent): Promise<Outcome> {
  const unmoved = (answer: AppliedEvent): Outcome => ({ answer, entered: [], voided: 0 });
  const [order] = await tx<Locked[]>`
    select o.state, o.hold_lapsed_at is not null as hold_lapsed, o.total_minor, o.currency, a.state as attempt_state,
      a.retryable
    from orders.orders o join orders.payment_attempts a on a.order_id = o.public_id
    where o.public_id = ${orderId} and a.id = ${event.attempt_id}
    for update of o, a`;
  if (order === undefined) return unmoved({ kind: 'no_such_attempt' });
  const [first] = await tx<{ to_state: string }[]>`
    select to_state from orders.order_events where order_id = ${orderId} and event_id = ${event.event_id}`;
  if (first !== undefined) return unmoved({ kind: 'duplicate', state: first.to_state });

  const effect = effectOf(order.state, order.attempt_state, event.type, order.retryable);
  switch (effect.kind) {
    case 'known':
      return unmoved({ kind: 'duplicate', state: order.state });
    case 'stale':
      return unmoved({ kind: 'illegal', state: order.state });
    case 'discrepancy':
      await noteDiscrepancy(tx, effect.class, orderId, event);
      return unmoved({ kind: 'illegal', state: order.state });
    case 'settle': {
      const changed = await settleVoid(tx, orderId, event);
      return unmoved({ kind: changed ? 'applied' : 'duplicate', state: order.state });
    }
    case 'move': {
      const move = moveOf(orderId, event, order.state, effect, [order.attempt_state], order.retryable);
      if (effect.to === 'authorized' && order.hold_lapsed && !(await recoverHold(tx, orderId)))
        return cancelForWantOfStock(tx, move, event, order);
      const answer = answerAfter(effect, { ...order, order_id: orderId, state: effect.to });
      const stored =
        event.answer === undefined
          ? answer
          : { status: event.answer.status, body: event.answer.body ?? null };
      const moved = await moveOrder(tx, { ...move, answer: stored });
      if (moved === null) throw new Error(`order ${orderId} moved while its row was locked`);
      return applied(order.state, effect.to, moved.voided);
    }
  }
}
