// From authorised to handed over, step by step, each found by SQL and done once whoever finds it:
//
//   authorised long enough, wanted, not in review → a capture is written down      (not while the warehouses are full)
//   capture written down                          → made at the provider           (money-operations.ts)
//   captured, stock reserved and there            → a parcel a location             (not while the warehouses are full)
//   parcel open, house hands over by itself       → the carrier's
//
// The queue is PostgreSQL itself, not Redis: an order waits in it for minutes to days, its state already is its place in
// it, and a lost or doubled job would be a parcel lost or sent twice.
import type { Config } from '../core/config.ts';
import { applyOrderEvent } from '../core/orders/apply-order-event.ts';
import {
  openParcels,
  ordersToCapture,
  parcelId,
  parcelsToHandOver,
  parcelsToMake,
} from '../core/orders/fulfilment.ts';
import { requestCapture } from '../core/orders/payment-operations.ts';
import { fulfilmentOpenParcels, fulfilmentWaiting } from '../core/telemetry/metrics/orders.ts';
import { createInTurn, type PassResult } from './in-turn.ts';
import { type MoneyDeps, moveMoney } from './money-operations.ts';

export interface FulfilmentDeps extends MoneyDeps {
  readonly config: Pick<
    Config,
    'FULFILMENT_DELAY_MS' | 'FULFILMENT_MAX_OPEN_PARCELS' | 'CARRIER_HANDOVER' | 'UNSENT_REFUND_AFTER_MS'
  >;
}

// A pass's worth of each step; what is left is the next pass's.
const batchSize = 200;

/** One pass a call: each step once, for what it finds. */
export function createFulfilment(deps: FulfilmentDeps): () => Promise<PassResult> {
  const { db, instruments, log, config } = deps;
  const capturing = createInTurn<string>(log, (orderId) => orderId);
  const packing = createInTurn<{ order_id: string; location_id: string }>(log, parcelId);
  const handing = createInTurn<{ id: string; order_id: string }>(log, ({ id }) => id);
  const room = async () => {
    const open = await openParcels(db);
    instruments.set(fulfilmentOpenParcels, {}, open);
    return Math.max(0, Math.min(batchSize, config.FULFILMENT_MAX_OPEN_PARCELS - open));
  };
  const apply = async (orderId: string, event: Parameters<typeof applyOrderEvent>[3]) =>
    (await applyOrderEvent(db, instruments, orderId, event)).kind === 'applied';

  async function captureDue(): Promise<PassResult> {
    // What may be sent is captured: money is not taken for goods that nobody could pack.
    const due = await ordersToCapture(db, config.FULFILMENT_DELAY_MS, batchSize);
    instruments.set(fulfilmentWaiting, { step: 'capture' }, due.length);
    return capturing(due.slice(0, await room()), (orderId) => requestCapture(db, orderId));
  }
  async function pack(): Promise<PassResult> {
    const due = await parcelsToMake(db, batchSize);
    instruments.set(fulfilmentWaiting, { step: 'pack' }, due.length);
    return packing(due.slice(0, await room()), (parcel) => {
      const shipment_id = parcelId(parcel);
      const event_id = `parcel:${shipment_id}`;
      return apply(parcel.order_id, {
        type: 'shipment.created',
        event_id,
        shipment_id,
        location_id: parcel.location_id,
      });
    });
  }
  async function handOver(): Promise<PassResult> {
    const due = await parcelsToHandOver(db, batchSize);
    instruments.set(fulfilmentWaiting, { step: 'hand_over' }, due.length);
    // People do it, and how much waits for them is told all the same.
    if (config.CARRIER_HANDOVER === 'manual') return { settled: 0, failures: [] };
    return handing(due, ({ id, order_id }) =>
      apply(order_id, { type: 'shipment.completed', event_id: `handover:${id}`, shipment_id: id }),
    );
  }

  return async () => {
    const results: PassResult[] = [];
    for (const step of [captureDue, () => moveMoney(deps), pack, handOver]) results.push(await step());
    return {
      settled: results.reduce((sum, result) => sum + result.settled, 0),
      failures: results.flatMap((result) => result.failures),
    };
  };
}
