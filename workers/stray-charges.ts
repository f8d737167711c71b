// Money a provider holds for an attempt or an order that has ended: noted as a discrepancy, voided, settled.
// A charge without any order is not touched: giving money back would hide that an order was lost.
import type { Database, Sql } from '../core/db/client.ts';
import { applyPaymentEvent } from '../core/orders/apply-event.ts';
import { type ProviderAccess, voidByReference } from '../core/payment/books.ts';
import { paymentEventId } from '../core/contracts/payment-event-id.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { alwaysSample, withSpan } from '../core/telemetry/tracing.ts';
import { createLooks, type Within } from './how-far-back.ts';
import { createInTurn, type PassResult } from './in-turn.ts';
import { chargeOrEndSince } from './invariants.ts';

export interface StrayChargeDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly providers: readonly ProviderAccess[];
}

interface Stray {
  readonly charge_id: string;
  readonly provider: string;
  readonly attempt_id: string;
  readonly order_id: string;
  readonly attempt_state: string;
  readonly created_ms: number;
}

const chargesAPass = 500;

/** One pass a call: voids what can be voided now. */
export function createStrayCharges(deps: StrayChargeDeps): () => Promise<PassResult> {
  const inTurn = createInTurn<Stray>(deps.log, ({ charge_id }) => charge_id);
  const looks = createLooks();
  return async () => {
    const within = looks.next();
    const strays = await strayCharges(deps.db, within);
    if (strays.length === 0) looks.clean(within);
    return inTurn(strays, (stray) => voidOne(deps, stray));
  };
}

const strayCharges = (db: Database, within: Within): Promise<Stray[]> =>
  db.query(
    'find stray charges',
    (sql) => sql<Stray[]>`
      select r.charge_id, r.provider, r.attempt_id, a.order_id, a.state as attempt_state,
        (extract(epoch from r.provider_created_at) * 1000)::float8 as created_ms
      from orders.psp_records r
      join orders.payment_attempts a on a.id = r.attempt_id and a.order_id = r.order_id and a.provider = r.provider
      join orders.orders o on o.public_id = a.order_id
      where ${isHeld(sql)} ${within === 'ever' ? sql`` : sql`and ${chargeOrEndSince(sql, within)}`}
        -- Captured money goes back by a refund (compensations.ts).
        and not exists (select from orders.payment_ledger l where l.attempt_id = a.id and l.kind = 'captured')
        -- Undecided attempts are the business of unknown-payments.ts.
        and (a.state in ('voided', 'not_executed', 'declined') or (a.state = 'approved' and o.state = 'cancelled'))
      order by r.seen_at limit ${chargesAPass}`,
  );

/** By the provider; or by our own ledger, when an approval was told after the void that it was undone by. */
const isHeld = (sql: Sql) => sql`(
  r.state in ('authorized', 'captured') or (r.state = 'voided'
    and exists (select from orders.payment_ledger l where l.attempt_id = a.id and l.kind = 'authorized')
    and not exists (select from orders.payment_ledger l where l.attempt_id = a.id and l.kind = 'voided')))`;

function voidOne({ db, instruments, providers }: StrayChargeDeps, stray: Stray): Promise<boolean> {
  const attributes = { [alwaysSample]: true, 'headroom.order_id': stray.order_id };
  return withSpan('void stray charge', { attributes }, async () => {
    const access = providers.find(({ provider }) => provider === stray.provider);
    if (access === undefined) throw new Error(`a charge names ${stray.provider}, which is not a provider`);
    // Its own id: the attempt's end is on record under the plain one, and this is news about it.
    const idOf = (type: 'payment.authorized' | 'payment.voided') =>
      `${paymentEventId(stray.attempt_id, type)}:${stray.charge_id}`;
    const about = { attempt_id: stray.attempt_id, provider_reference: stray.charge_id };
    if (stray.attempt_state !== 'approved') {
      const type = 'payment.authorized';
      const seen = { ...about, event_id: idOf(type), type, decided_at_ms: stray.created_ms } as const;
      await applyPaymentEvent(db, instruments, stray.order_id, seen);
    }
    const answer = await voidByReference(access, stray.attempt_id);
    // Captured money is not a void's business: the discrepancy stays open until it is refunded.
    if (answer.kind !== 'voided') return false;
    const type = 'payment.voided';
    const settled = { ...about, event_id: idOf(type), type, decided_at_ms: Date.now() } as const;
    await applyPaymentEvent(db, instruments, stray.order_id, { ...settled, reason: 'stray_charge' });
    return true;
  });
}
