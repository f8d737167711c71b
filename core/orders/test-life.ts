// An order's life for tests: what really happens to orders, told in any order, and the machine in memory that it is told to.
import fc from 'fast-check';
import type { OrderEvent } from '../contracts/order-events.ts';
import { after, type Balance, movementOf } from './balance.ts';
import { decide, type Snapshot } from './decide-event.ts';

export interface LifeOf {
  readonly attemptId: string;
  readonly totalMinor: number;
  /** SKU by location: one parcel each. */
  readonly locations: readonly { readonly id: string; readonly sku: string }[];
}

interface Ending {
  readonly refunds: readonly number[];
  readonly dispute: 'none' | 'notice' | 'won' | 'lost' | 'appealed';
  readonly returned: boolean;
  readonly cancelled: boolean;
}

const ending = fc.record({
  // Shares of the price, in hundredths; what is left of it is what a dispute may take.
  refunds: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
  dispute: fc.constantFrom('none', 'notice', 'won', 'lost', 'appealed'),
  returned: fc.boolean(),
  cancelled: fc.boolean(),
}) satisfies fc.Arbitrary<Ending>;

/** Everything that happens, in the order in which it happens; it adds up. */
export function eventsOf(life: LifeOf, { refunds, dispute, returned, cancelled }: Ending): OrderEvent[] {
  const { attemptId: attempt_id, totalMinor, locations } = life;
  let left = totalMinor;
  const money = (operation_id: string, amount_minor: number) => ({
    ...{ event_id: `e:${operation_id}`, attempt_id, operation_id, amount_minor },
  });
  const parcel = (id: string) => `parcel:${attempt_id}:${id}`;
  const back = refunds.flatMap((percent, i): OrderEvent[] => {
    const amount = Math.min(left, Math.max(1, Math.floor((totalMinor * percent) / 100)));
    left -= amount;
    return amount === 0 ? [] : [{ type: 'refund.partial', ...money(`${attempt_id}:refund:${i}`, amount) }];
  });
  const about = { attempt_id, dispute_id: `${attempt_id}:dispute` };
  const chargeback = (kind: string) => ({ ...about, event_id: `e:${kind}` });
  const taken = Math.max(1, left);
  const lost: OrderEvent = { type: 'chargeback.lost', ...chargeback('lost'), amount_minor: taken };
  const notice: OrderEvent = { type: 'chargeback.notice', ...chargeback('notice') };
  const disputes: Record<Ending['dispute'], OrderEvent[]> = {
    none: [],
    notice: [notice],
    won: [notice, { type: 'chargeback.won', ...chargeback('won') }],
    lost: [notice, lost],
    appealed: [notice, lost, { type: 'chargeback.won', ...chargeback('appeal'), returned_minor: taken }],
  };
  return [
    { type: 'payment.captured', ...money(`${attempt_id}:capture`, totalMinor) },
    ...locations.map(
      ({ id }): OrderEvent => ({
        ...{ type: 'shipment.created', event_id: `e:made:${id}`, shipment_id: parcel(id), location_id: id },
      }),
    ),
    ...locations.map(
      ({ id }): OrderEvent => ({
        ...{ type: 'shipment.completed', event_id: `e:gone:${id}`, shipment_id: parcel(id) },
      }),
    ),
    ...(cancelled ? [{ type: 'order.cancelled' as const, event_id: 'e:cancelled' }] : []),
    ...back,
    ...(returned
      ? [
          {
            ...{ type: 'rma.completed' as const, event_id: 'e:rma', return_id: `rma:${attempt_id}` },
            lines: locations.map(({ id, sku }) => ({
              ...{ sku, location_id: id, quantity: 1, disposition: 'resell' as const },
            })),
          },
        ]
      : []),
    ...(left === 0 && dispute !== 'none' ? [notice] : disputes[dispute]),
  ];
}

export interface Telling {
  readonly happened: readonly OrderEvent[];
  /** The same in any order, some twice or three times, some (if `lossy`) never. */
  readonly told: readonly OrderEvent[];
}

export const tellingOf = (life: LifeOf, { lossy }: { readonly lossy: boolean }): fc.Arbitrary<Telling> =>
  ending.chain((each) => {
    const happened = eventsOf(life, each);
    const times = fc.array(fc.integer({ min: lossy ? 0 : 1, max: 3 }), {
      minLength: happened.length,
      maxLength: happened.length,
    });
    return times
      .chain((counts) => {
        const copies = happened.flatMap((event, i) => Array.from({ length: counts[i]! }, () => event));
        return fc.shuffledSubarray(copies, { minLength: copies.length });
      })
      .map((told) => ({ happened, told }));
  });

/** The money once everything that happened is known. */
export function moneyOf(totalMinor: number, happened: readonly OrderEvent[]): Balance {
  const start: Balance = {
    ...{ authorized_minor: totalMinor, captured_minor: 0, refunded_minor: 0 },
    ...{ charged_back_minor: 0, reversed_minor: 0 },
  };
  return happened.reduce((balance, event) => {
    const movement = movementOf(event);
    const next = movement === null ? balance : after(balance, movement);
    if (next === null) throw new Error(`${event.type} does not add up: the test is wrong`);
    return next;
  }, start);
}

/** The machine with everything around it in memory: same decisions, no database. */
export function liveInMemory(life: LifeOf) {
  const seen = new Set<string>();
  const facts = new Set<string>();
  const parked = new Map<string, { event: OrderEvent; booked: boolean }>();
  const shipments = new Map<string, { open: boolean; location: string }>();
  const returnable: Record<string, number> = {};
  const reserved = new Set(life.locations.map(({ id }) => id));
  let now: Pick<Snapshot, 'state' | 'beneath' | 'cancel_requested' | 'balance'> = {
    ...{ state: 'authorized', beneath: null, cancel_requested: false },
    balance: moneyOf(life.totalMinor, []),
  };
  const factOf = (event: OrderEvent) => {
    const movement = movementOf(event);
    if (movement !== null) return `${movement.kind} ${movement.operation_id}`;
    if ('shipment_id' in event) return `${event.type} ${event.shipment_id}`;
    return 'return_id' in event ? event.return_id : null;
  };
  const look = (event: OrderEvent): Snapshot => ({
    ...{ ...now, capture_requested: false, seen: seen.has(event.event_id) },
    fact_known: facts.has(factOf(event) ?? ''),
    parked: parked.get(event.event_id) ?? null,
    shipments: [...shipments].map(([id, { open }]) => ({ id, open })),
    reserved_at: [...reserved],
    returnable,
  });

  function alone(event: OrderEvent): boolean {
    const decision = decide(look(event), event);
    if (decision.kind !== 'apply' && decision.kind !== 'park') return false;
    const { movement } = decision;
    if (movement !== null) {
      now = { ...now, balance: after(now.balance, movement)! };
      facts.add(factOf(event)!);
    }
    if (decision.kind === 'park') {
      const before = parked.get(event.event_id);
      parked.set(event.event_id, { event, booked: (before?.booked ?? false) || movement !== null });
      return movement !== null;
    }
    parked.delete(event.event_id);
    seen.add(event.event_id);
    const { to, beneath } = decision;
    now = { ...now, state: to, beneath, cancel_requested: now.cancel_requested || decision.wish };
    if (movement === null && factOf(event) !== null) facts.add(factOf(event)!);
    if (decision.stock === 'release') reserved.clear();
    if (event.type === 'shipment.created') {
      reserved.delete(event.location_id);
      shipments.set(event.shipment_id, { open: true, location: event.location_id });
    }
    if (event.type === 'shipment.completed') {
      const { location } = shipments.get(event.shipment_id)!;
      shipments.set(event.shipment_id, { open: false, location });
      const { sku } = life.locations.find(({ id }) => id === location)!;
      returnable[sku] = (returnable[sku] ?? 0) + 1;
    }
    if (event.type === 'rma.completed')
      for (const { sku, quantity } of event.lines) returnable[sku] = (returnable[sku] ?? 0) - quantity;
    return true;
  }

  return {
    tell(event: OrderEvent): void {
      let changed = alone(event);
      while (changed) changed = [...parked.values()].some((one) => alone(one.event));
    },
    get now() {
      return now;
    },
    get parked() {
      return [...parked.values()].map(({ event }) => event);
    },
  };
}
