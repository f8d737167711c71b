// Who gets which promotion, what they take off together, and that no mistake in the data gives the shop away.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discounted } from './discount.ts';
import { type Action, type Basket, combine, isFor, type Promotion } from './promotion.ts';
import { lineAmount, subtotal } from './subtotal.ts';

const noon = new Date('2026-03-10T12:00:00Z');
const promotion = (more: Partial<Promotion> = {}): Promotion => ({
  id: 'spring',
  priority: 100,
  stacks_with: [],
  currency: 'GBP',
  markets: [],
  shipping_methods: [],
  skus: [],
  excluded_skus: [],
  min_subtotal_minor: 0,
  starts_at: new Date('2026-03-01T00:00:00Z'),
  ends_at: new Date('2026-03-16T00:00:00Z'),
  action: { kind: 'percent_off', percent: 15 },
  ...more,
});
const basket = (more: Partial<Basket> = {}): Basket => ({
  market: 'GB',
  currency: 'GBP',
  shipping_method: 'standard',
  shipping_minor: 395,
  lines: [
    { sku: 'LAMP0001', quantity: 1, unit_price_minor: 2_000 },
    { sku: 'MUG00001', quantity: 2, unit_price_minor: 333 },
  ],
  ...more,
});

describe('a promotion', () => {
  test('holds from its first moment, and its end is too late', () => {
    const { starts_at, ends_at } = promotion();
    const at = (date: Date, ms: number) => isFor(promotion(), basket(), new Date(date.getTime() + ms));
    expect([at(starts_at, -1), at(starts_at, 0), at(ends_at, -1), at(ends_at, 0)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test.each<[string, Partial<Promotion>, boolean]>([
    ['without conditions', {}, true],
    ['for this market', { markets: ['DE', 'GB'] }, true],
    ['for another market', { markets: ['DE'] }, false],
    ['in another currency', { currency: 'EUR' }, false],
    ['for this way to ship', { shipping_methods: ['standard'] }, true],
    ['for another way to ship', { shipping_methods: ['express'] }, false],
    ['for as much as this', { min_subtotal_minor: 2_666 }, true],
    ['for a little more', { min_subtotal_minor: 2_667 }, false],
    ['about one of the articles', { skus: ['MUG00001', 'OTHER001'] }, true],
    ['about none of the articles', { skus: ['OTHER001'] }, false],
    ['about all but those in the basket', { excluded_skus: ['MUG00001', 'LAMP0001'] }, false],
  ])('%s: %j', (_, more, given) => {
    expect(isFor(promotion(more), basket(), noon)).toBe(given);
  });
});

describe('several promotions', () => {
  const ids = (promotions: readonly Promotion[]) => combine(promotions).map(({ id }) => id);

  test('combine only when each names the other; else the higher priority counts alone', () => {
    const a = promotion({ id: 'a', priority: 2, stacks_with: ['b'] });
    const b = promotion({ id: 'b', priority: 1, stacks_with: ['a'] });
    expect(ids([b, a])).toEqual(['a', 'b']);
    expect(ids([b, promotion({ id: 'a', priority: 2 })])).toEqual(['a']);
    expect(ids([promotion({ id: 'b', priority: 1 }), a])).toEqual(['a']);
  });

  test('whatever the data says: all pairs agreed, three at most, and their order in the table is nothing', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const any = fc
      .tuple(...names.map(() => fc.subarray(names)))
      .map((stacks) =>
        stacks.map((stacks_with, i) => promotion({ id: names[i]!, priority: i, stacks_with })),
      );
    fc.assert(
      fc.property(any, fc.boolean(), (promotions, reversed) => {
        const chosen = combine(promotions);
        for (const one of chosen)
          for (const other of chosen) if (one !== other) expect(one.stacks_with).toContain(other.id);
        expect(chosen.length).toBeLessThanOrEqual(3);
        expect(chosen[0]!.id).toBe('e');
        if (reversed) expect(combine(promotions.toReversed())).toEqual(chosen);
      }),
    );
  });
});

describe('what they take off', () => {
  const off = (...actions: Action[]) =>
    discounted(
      basket(),
      actions.map((action, i) => promotion({ id: `p${i}`, action })),
    );

  test('a percentage is of each line, to the nearest unit', () => {
    expect(off({ kind: 'percent_off', percent: 15 })).toEqual({
      lines: [
        { sku: 'LAMP0001', quantity: 1, amount_minor: 1_700 },
        { sku: 'MUG00001', quantity: 2, amount_minor: 566 },
      ],
      shipping_minor: 395,
      discount_minor: 400,
      applied: [{ id: 'p0', off_minor: 400 }],
    });
  });

  test('an amount is spread over the lines and is taken off to the last unit', () => {
    const { lines, discount_minor } = off({ kind: 'fixed_off', amount_minor: 1_000 });
    expect(discount_minor).toBe(1_000);
    expect(lines.map(({ amount_minor }) => amount_minor)).toEqual([1_250, 416]);
  });

  test('free shipping leaves the goods as they are', () => {
    expect(off({ kind: 'free_shipping' })).toMatchObject({
      shipping_minor: 0,
      discount_minor: 0,
      applied: [{ id: 'p0', off_minor: 395 }],
    });
  });

  test('what takes nothing off is not named', () => {
    expect(off({ kind: 'free_shipping' }, { kind: 'free_shipping' }).applied).toHaveLength(1);
  });

  test('whatever is combined, sums add up and a tenth of every line is paid', () => {
    const line = fc.record({
      sku: fc.constantFrom('LAMP0001', 'MUG00001', 'OTHER001'),
      quantity: fc.integer({ min: 1, max: 1_000 }),
      unit_price_minor: fc.integer({ min: 0, max: 10_000_000 }),
    });
    const action = fc.oneof(
      fc.record({ kind: fc.constant('percent_off' as const), percent: fc.integer({ min: 1, max: 90 }) }),
      fc.record({
        kind: fc.constant('fixed_off' as const),
        amount_minor: fc.integer({ min: 1, max: 100_000_000 }),
      }),
      fc.constant({ kind: 'free_shipping' as const }),
    );
    const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 3, selector: ({ sku }) => sku });
    fc.assert(
      fc.property(lines, fc.array(action, { maxLength: 3 }), (bought, actions) => {
        const before = basket({ lines: bought });
        const after = discounted(
          before,
          actions.map((each, i) => promotion({ id: `p${i}`, action: each, excluded_skus: ['OTHER001'] })),
        );
        const paid = after.lines.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
        expect(paid).toBe(subtotal(bought) - after.discount_minor);
        const named = after.applied.reduce((sum, { off_minor }) => sum + off_minor, 0);
        expect(named).toBe(after.discount_minor + before.shipping_minor - after.shipping_minor);
        after.lines.forEach(({ amount_minor }, i) => {
          const full = lineAmount(bought[i]!);
          expect(amount_minor).toBeGreaterThanOrEqual(full / 10);
          expect(amount_minor).toBeLessThanOrEqual(full);
          if (bought[i]!.sku === 'OTHER001') expect(amount_minor).toBe(full);
        });
      }),
    );
  });

  test('without that limit a basket could cost less than nothing', () => {
    const twice = [90, 90].reduce((sum, percent) => sum + (2_000 * percent) / 100, 0);
    expect(twice).toBeGreaterThan(2_000);
    const { lines } = off({ kind: 'percent_off', percent: 90 }, { kind: 'percent_off', percent: 90 });
    expect(lines[0]!.amount_minor).toBe(200);
  });
});
