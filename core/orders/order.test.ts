import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderStates } from '../telemetry/metrics/orders.ts';
import { orderEventTypes, type OrderState, transition, transitions } from './order.ts';
import { attemptStateAfter, effectOf, undecided } from './payment-effect.ts';

const state = fc.constantFrom(...orderStates);
const event = fc.constantFrom(...orderEventTypes);

describe('the order machine', () => {
  test('any run of events only ever takes written transitions', () => {
    const step = fc.record({ event, moreToShip: fc.boolean() });
    fc.assert(
      fc.property(state, fc.array(step), (from, steps) => {
        // A dispute that nobody knows the ground of is not reachable.
        let at = { state: from, beneath: null as OrderState | null };
        if (from === 'disputed' || from === 'chargeback') at = { state: from, beneath: 'captured' };
        for (const { event, moreToShip } of steps) {
          const result = transition(at.state, event, { beneath: at.beneath, moreToShip });
          if (result.kind === 'illegal') continue;
          expect(transitions).toContainEqual({ from: at.state, event, to: result.to });
          const covers = result.to === 'disputed' || result.to === 'chargeback';
          expect(result.beneath !== null).toBe(covers);
          at = { state: result.to, beneath: result.beneath };
        }
      }),
    );
  });

  test('one state and one event lead to one place, unless a parcel or a won dispute says which', () => {
    const pairs = transitions
      .filter(({ event }) => event !== 'chargeback.won' && event !== 'shipment.completed')
      .map((row) => `${row.from} ${row.event}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  test('every written transition can be taken, and every state but the cart is entered by one', () => {
    const taken = transitions.filter(({ from, event, to }) =>
      orderStates.some((beneath) =>
        [true, false].some((moreToShip) => {
          const result = transition(from, event, { beneath, moreToShip });
          return result.kind === 'moved' && result.to === to;
        }),
      ),
    );
    expect(taken).toEqual(transitions);
    const entered = new Set<string>(transitions.map(({ to }) => to));
    expect(orderStates.filter((name) => !entered.has(name))).toEqual(['cart']);
  });

  test('a won dispute leads back to where the order came to be meanwhile, also on appeal', () => {
    const disputed = transition('partially_fulfilled', 'chargeback.notice');
    expect(disputed).toEqual({ kind: 'moved', to: 'disputed', beneath: 'partially_fulfilled' });
    const sent = transition('disputed', 'shipment.completed', { beneath: 'partially_fulfilled' });
    expect(sent).toEqual({ kind: 'moved', to: 'disputed', beneath: 'fulfilled' });
    const won = { kind: 'moved', to: 'fulfilled', beneath: null };
    expect(transition('disputed', 'chargeback.won', { beneath: 'fulfilled' })).toEqual(won);
    expect(transition('disputed', 'chargeback.lost', { beneath: 'fulfilled' })).toEqual({
      kind: 'moved',
      to: 'chargeback',
      beneath: 'fulfilled',
    });
    expect(transition('chargeback', 'chargeback.won', { beneath: 'fulfilled' })).toEqual(won);
    expect(transition('disputed', 'chargeback.won').kind).toBe('illegal');
  });

  test('nothing is sent while the money is disputed, and nothing but a dispute follows a whole refund', () => {
    expect(transition('disputed', 'shipment.created', { beneath: 'captured' }).kind).toBe('illegal');
    for (const event of [
      'payment.captured',
      'refund.partial',
      'refund.completed',
      'shipment.created',
    ] as const)
      expect(transition('refunded', event).kind).toBe('illegal');
  });

  test('money is never authorised for an order that ended', () => {
    for (const from of ['cancelled', 'refunded', 'chargeback'] as const)
      expect(transition(from, 'payment.authorized').kind).toBe('illegal');
  });
});

describe('the page beside the machine', () => {
  const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const rowOf = (from: OrderState) => {
    const rows = transitions.filter((row) => row.from === from);
    const arrows = [...new Set(rows.map(({ event }) => event))].map((event) => {
      const to = rows.filter((row) => row.event === event).map((row) => row.to);
      return to.length === 1 && to[0] === from ? `${event} →` : `${event} → ${to.join(' or ')}`;
    });
    return `| \`${from}\` | ${arrows.join(' · ')} |`;
  };
  /** Rows of the page's table that are not the machine's, and the machine's that are not on the page. */
  const differences = (markdown: string) => {
    const told = markdown.split('\n').filter((line) => line.startsWith('| `') && line.includes('→'));
    const real = orderStates.map(rowOf);
    return [...told.filter((line) => !real.includes(line)), ...real.filter((line) => !told.includes(line))];
  };

  test('says of every state what moves it where', () => {
    expect(differences(page)).toEqual([]);
  });

  test('would be found out if it left an arrow away, or made one up', () => {
    expect(differences(page.replace(' · order.cancelled → cancelled', ''))).toHaveLength(2);
    expect(differences(`${page}\n| \`lost\` | order.found → |`)).toHaveLength(1);
  });

  test('names tests and workers that are there', () => {
    const linked = [...page.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!);
    const workers = [...page.matchAll(/`([\w-]+\.ts)`/g)].map((match) => match[1]!);
    const rooms = ['.', '../../workers'];
    const missing = [
      ...linked.filter((path) => !existsSync(join(import.meta.dirname, path))),
      ...workers.filter((file) => !rooms.some((room) => existsSync(join(import.meta.dirname, room, file)))),
    ];
    expect(linked.length).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });
});

describe('what a payment event means', () => {
  const types = Object.keys(attemptStateAfter) as (keyof typeof attemptStateAfter)[];

  test('an undecided attempt of a pending order is decided by any event', () => {
    for (const attempt of undecided)
      for (const type of types) expect(effectOf('pending_payment', attempt, type).kind).toBe('move');
  });

  test('an approval that cannot count is never dropped', () => {
    for (const from of orderStates)
      for (const attempt of ['declined', 'not_executed', 'voided'] as const)
        expect(effectOf(from, attempt, 'payment.authorized')).toEqual({
          kind: 'discrepancy',
          class: 'late_authorization',
        });
  });

  test('a void of what a live order counts on needs a person; of what an ended order held, it settles', () => {
    expect(effectOf('authorized', 'approved', 'payment.voided')).toMatchObject({
      class: 'voided_live_order',
    });
    expect(effectOf('cancelled', 'approved', 'payment.voided')).toEqual({ kind: 'settle' });
  });
});
