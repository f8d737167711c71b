// Everything that happens to an order after its authorisation, whoever tells it and in whatever order:
//
//   look (nothing locked) → pure decision → one guarded statement   (again when the order changed in between)
//   applied? → what was parked for want of this is tried again
//
// The same event again, under the same id or another, changes nothing.
import type { OrderEvent, OrderEventAnswer } from '../contracts/order-events.ts';
import type { Database } from '../db/client.ts';
import { retryDeadlock } from '../db/conflict.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { reservations } from '../telemetry/metrics/inventory.ts';
import { orderTransitions } from '../telemetry/metrics/orders.ts';
import { type Decision, decide } from './decide-event.ts';
import { type Look, lookAt } from './order-snapshot.ts';
import { parkedEvents } from './parked-events.ts';
import { closeParked, keepWish, writeApplied, writeParked } from './write-event.ts';

// Each further look means that somebody else moved this very order meanwhile, which an order's few events bound.
const maxLooks = 50;

export async function applyOrderEvent(
  db: Database,
  instruments: Instruments,
  orderId: string,
  event: OrderEvent,
): Promise<OrderEventAnswer> {
  const { answer, changed } = await applyAlone(db, instruments, orderId, event);
  if (changed) await applyParked(db, instruments, orderId);
  return answer;
}

/** Tries what was parked again, oldest first, from the start after each one that is possible now. True when any was. */
export async function applyParked(db: Database, instruments: Instruments, orderId: string): Promise<boolean> {
  let moved = false;
  while (await firstPossible(db, instruments, orderId)) moved = true;
  return moved;
}

async function firstPossible(db: Database, instruments: Instruments, orderId: string): Promise<boolean> {
  for (const event of await parkedEvents(db, orderId)) {
    const { changed } = await applyAlone(db, instruments, orderId, event);
    if (changed) return true;
  }
  return false;
}

interface Applied {
  readonly answer: OrderEventAnswer;
  /** State or money: what was not possible before may be now. */
  readonly changed: boolean;
}
const unchanged = (answer: OrderEventAnswer): Applied => ({ answer, changed: false });

async function applyAlone(
  db: Database,
  instruments: Instruments,
  orderId: string,
  event: OrderEvent,
): Promise<Applied> {
  for (let looks = 1; looks <= maxLooks; looks++) {
    const look = await db.query('look at order', (sql) => lookAt(sql, orderId, event));
    if (look === null) return unchanged({ kind: 'no_such_order' });
    if (!look.attempt_known) return unchanged({ kind: 'no_such_attempt' });
    const applied = await write(db, instruments, orderId, event, look, decide(look, event));
    if (applied !== null) return applied;
  }
  throw new Error(`order ${orderId} changed under ${maxLooks} looks`);
}

/** null: the order changed since the look. */
async function write(
  db: Database,
  instruments: Instruments,
  orderId: string,
  event: OrderEvent,
  look: Look,
  decision: Decision,
): Promise<Applied | null> {
  const { state } = look;
  switch (decision.kind) {
    case 'known':
      if (look.parked !== null)
        await db.query('close parked event', (sql) => closeParked(sql, orderId, event));
      return unchanged({ kind: 'duplicate', state });
    case 'refused':
      return unchanged({ kind: 'illegal', state });
    case 'keep_wish': {
      const kept = await db.query('keep wish to cancel', (sql) => keepWish(sql, orderId, look));
      return kept ? unchanged({ kind: 'applied', state }) : null;
    }
    case 'park': {
      const parked = await retryDeadlock(() =>
        db.query('park order event', (sql) => writeParked(sql, orderId, event, look, decision.movement)),
      );
      return parked ? { answer: { kind: 'illegal', state }, changed: decision.movement !== null } : null;
    }
    case 'apply': {
      const released = await retryDeadlock(() =>
        db.query('apply order event', (sql) => writeApplied(sql, orderId, event, look, decision)),
      );
      if (released === null) return null;
      if (decision.to !== state) instruments.count(orderTransitions, { to: decision.to });
      if (released > 0) instruments.count(reservations, { result: 'voided' });
      return { answer: { kind: 'applied', state: decision.to }, changed: true };
    }
  }
}
