// What becomes of a placed order: called off, refunded, disputed, returned. Healthy it is clean; each lie about it is found.
import { describe, expect, test } from 'vitest';
import { all, row, soldAs, type Life, type Sold } from './afterwards.fixture.ts';
import { compareLedgers } from './compare.ts';
import { toChecks } from './finding.ts';
import { healthyHistory, type History } from './history.fixture.ts';

function shop(...which: readonly Life[]): { readonly h: History; readonly sold: Sold } {
  const h = healthyHistory([...which.map(() => 'placed' as const), 'placed', 'declined'], 7);
  const sold = which.map((_, n) => soldAs(h, n));
  for (const [n, life] of which.entries()) all[life](sold[n]!);
  return { h, sold: sold[0]! };
}
const verdictOf = (h: History) =>
  toChecks(compareLedgers(h)).flatMap(({ check, status: is }) => (is === 'pass' ? [] : [`${check} ${is}`]));

test.each(Object.keys(all) as Life[])('an order that was %s agrees in every ledger', (life) => {
  expect(verdictOf(shop(life).h)).toEqual([]);
});

test('and so do all of them side by side', () => {
  expect(verdictOf(shop(...(Object.keys(all) as Life[])).h)).toEqual([]);
});

describe('a lie about what became of an order', () => {
  const lies: readonly (readonly [string, Life, (sold: Sold) => void, string])[] = [
    [
      'cancelled, and its money kept',
      'cancelled',
      ({ charge }) => Object.assign(charge, { status: 'approved', history: charge.history.slice(0, 1) }),
      'captured-without-order fail',
    ],
    [
      'cancelled, and nobody had asked for it',
      'cancelled',
      ({ told }) => (told.cancelled = false),
      'lost-order fail',
    ],
    ['still called paid', 'cancelled', ({ order }) => (order.state = 'authorized'), 'ledger-database fail'],
    [
      'called refunded by us, and the provider gave nothing back',
      'refundedWhole',
      ({ charge }) => (charge.refunded_minor = 0),
      'captured-without-order fail',
    ],
    [
      'a refund the provider books otherwise',
      'refundedInPart',
      ({ charge }) => (charge.refunded_minor! += 1),
      'ledger-providers fail',
    ],
    [
      'a refund we booked otherwise',
      'refundedInPart',
      ({ h }) => (row(h, 'payment', ({ kind }) => kind === 'refunded').amount_minor += 1),
      'ledger-database fail',
    ],
    [
      'a refund the shopper was told otherwise',
      'refundedInPart',
      ({ told }) => (told.returned_minor! += 1),
      'ledger-shoppers fail',
    ],
    [
      'a refund nobody was told of',
      'refundedInPart',
      ({ h }) =>
        h.mailbox.splice(
          h.mailbox.findIndex(({ kind }) => kind === 'order-refunded'),
          1,
        ),
      'mail-exactly-once fail',
    ],
    [
      'a refund told twice',
      'refundedInPart',
      ({ h }) => h.mailbox.push({ ...h.mailbox.find(({ kind }) => kind === 'order-refunded')! }),
      'mail-exactly-once fail',
    ],
    [
      'a chargeback that took nothing',
      'lost',
      ({ charge }) => (charge.disputes = []),
      'captured-without-order fail',
    ],
    [
      'a dispute lost at the bank and kept by us',
      'won',
      ({ charge }) => (charge.disputes!.at(-1)!.dispute = 'lost'),
      'captured-without-order fail',
    ],
    [
      'goods that came back and are on no shelf',
      'returned',
      ({ h }) => (row(h, 'stock', ({ sku }) => sku === row(h, 'movement', () => true).sku).on_hand -= 1),
      'ledger-database fail',
    ],
    [
      'a transfer that lost a piece',
      'moved',
      ({ h }) => (row(h, 'movement', ({ reason }) => reason === 'transfer_in').change = 0),
      'ledger-database fail',
    ],
  ];
  test.each(lies)('%s is found', (_what, life, lie, found) => {
    const { h, sold } = shop(life);
    lie(sold);
    expect(verdictOf(h)).toContain(found);
  });
});
