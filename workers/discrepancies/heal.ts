// What a provider's books say moved and our order was never told, because call, webhook and query all failed: the order is
// told now, by the events they would have been and under the same ids, so whoever comes later finds it known.
import { disputeEventId, type DisputeStep, operationEventId } from '../../core/contracts/payment-event-id.ts';
import type { OrderEvent } from '../../core/contracts/order-events.ts';
import type { Database } from '../../core/db/client.ts';
import { applyOrderEvent } from '../../core/orders/apply-order-event.ts';
import type { Instruments } from '../../core/telemetry/instruments.ts';
import type { Log } from '../../core/telemetry/log.ts';
import { createInTurn, type PassResult } from '../in-turn.ts';
import { untold } from './checks.ts';

const batchSize = 200;

type Kind = 'capture' | 'refund' | 'dispute' | 'chargeback' | 'chargeback_reversal';
interface Untold {
  readonly order_id: string;
  readonly attempt_id: string;
  readonly operation_id: string;
  readonly kind: Kind;
  readonly amount_minor: number;
  /** The same dispute was lost before: what was won brings money back. */
  readonly lost_before: boolean;
}

/** One pass a call, over what the comparison has found. */
export function createHealing(deps: {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
}): () => Promise<PassResult> {
  const { db, instruments, log } = deps;
  // One order's events in the order in which they happened, orders side by side.
  const inTurn = createInTurn<readonly Untold[]>(log, ([first]) => first!.order_id);
  return async () => {
    const byOrder = new Map<string, Untold[]>();
    for (const each of await untoldOperations(db))
      byOrder.set(each.order_id, [...(byOrder.get(each.order_id) ?? []), each]);
    return inTurn([...byOrder.values()], async (operations) => {
      for (const each of operations) await applyOrderEvent(db, instruments, each.order_id, eventOf(each));
      await noteHealed(db, operations);
      return true;
    });
  };
}

/** Only what is on record as a discrepancy: what is younger may still be told by whoever made it. */
const untoldOperations = (db: Database): Promise<Untold[]> =>
  db.query(
    'operations to tell',
    (sql) => sql<Untold[]>`
      select p.order_id, p.attempt_id, p.operation_id, p.kind, p.amount_minor,
        exists (select from orders.psp_operations b
          where b.provider = p.provider and b.reference = p.reference and b.kind = 'chargeback') as lost_before
      from orders.discrepancies d join orders.psp_operations p on p.attempt_id = d.subject
      where d.resolved_at is null and d.class in ('status_drift', 'refund_missing', 'chargeback_unlinked')
        and d.reference = p.provider || ' ' || p.operation_id and ${untold(sql)}
        and exists (select from orders.payment_attempts a where a.id = p.attempt_id and a.order_id = p.order_id)
      order by p.provider_created_at, p.kind limit ${batchSize}`,
  );

const steps = {
  dispute: 'notice',
  chargeback: 'lost',
  chargeback_reversal: 'won',
} as const satisfies Record<string, DisputeStep>;

function eventOf({ kind, operation_id, attempt_id, amount_minor, lost_before }: Untold): OrderEvent {
  if (kind === 'capture' || kind === 'refund') {
    const event_id = operationEventId(operation_id);
    const type = kind === 'capture' ? 'payment.captured' : 'refund.partial';
    return { event_id, type, attempt_id, operation_id, amount_minor };
  }
  const step = steps[kind];
  const about = { event_id: disputeEventId(operation_id, step), attempt_id, dispute_id: operation_id };
  if (step === 'notice') return { ...about, type: 'chargeback.notice' };
  if (step === 'lost') return { ...about, type: 'chargeback.lost', amount_minor };
  return { ...about, type: 'chargeback.won', ...(lost_before ? { returned_minor: amount_minor } : {}) };
}

const noteHealed = (db: Database, operations: readonly Untold[]) =>
  db.query(
    'note healed',
    (sql) => sql`
      update orders.discrepancies d set resolved_at = now(), resolution = 'healed'
      where d.resolved_at is null and d.class in ('status_drift', 'refund_missing', 'chargeback_unlinked')
        and d.subject = any(${operations.map(({ attempt_id }) => attempt_id)}::text[])
        and d.reference in (select p.provider || ' ' || p.operation_id from orders.psp_operations p
          where p.attempt_id = d.subject and p.operation_id = any(${operations.map(({ operation_id }) => operation_id)}::text[]))
        and not exists (select from orders.psp_operations p
          where p.attempt_id = d.subject and d.reference = p.provider || ' ' || p.operation_id and ${untold(sql)})`,
  );
