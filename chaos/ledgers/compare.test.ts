// Healthy histories are clean; every planted fault is found, and every corrupted row is named in its ledger.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checks } from '../../drill/checks.ts';
import { compareLedgers } from './compare.ts';
import { ledgerChecks, type LedgerFinding, toChecks } from './finding.ts';
import { healthyHistory, type History, stories } from './history.fixture.ts';
import type { RowOf, Table } from './rows.ts';

const shop = (seed = 1) => healthyHistory([...stories, 'placed', 'placed', 'declined'], seed);
const faults = (history: History) => compareLedgers(history).filter((finding) => finding.status !== 'note');
const failing = (findings: readonly LedgerFinding[]) =>
  toChecks(findings)
    .filter((check) => check.status === 'fail')
    .map((check) => check.check);
const row = <T extends Table>(history: History, table: T, match: (row: RowOf<T>) => boolean = () => true) =>
  history.database.find(
    (candidate): candidate is RowOf<T> => candidate.table === table && match(candidate as RowOf<T>),
  )!;

const history = fc
  .record({ told: fc.array(fc.constantFrom(...stories), { minLength: 12, maxLength: 60 }), seed: fc.nat() })
  // One of each at least: an empty ledger is unknown, and a fault needs its victim.
  .map(({ told, seed }) => healthyHistory([...stories, ...told], seed));

describe('a healthy shop', () => {
  test('passes every check, and what was healed is noted', () => {
    const findings = compareLedgers(shop());
    expect(toChecks(findings).filter((check) => check.status !== 'pass')).toEqual([]);
    expect(findings.map((finding) => finding.class)).toEqual(['recovered', 'recovered']);
  });

  test('is clean in every history', () => {
    fc.assert(
      fc.property(history, (healthy) => {
        expect(faults(healthy)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('gives its checks the names of the closed list, every one of them an invariant', () => {
    for (const check of toChecks([])) expect(checks[check.check]).toBe(check.kind);
    expect(toChecks([]).map((check) => check.check)).toEqual([...ledgerChecks]);
  });
});

describe('the shop breaks a promise', () => {
  // Each plant is what the shop would really do, so that every ledger tells the same wrong story.
  const planted: readonly [string, string, (history: History) => void][] = [
    [
      'a second charge on one order',
      'double-charge',
      (h) => {
        const charge = h.providers.find((c) => c.status === 'approved')!;
        h.providers.push({ ...charge, id: 'ch_x', key: 'att_x', reference: 'att_x' });
      },
    ],
    [
      'a double click that became two orders with a charge each',
      'double-charge',
      (h) => {
        const other = healthyHistory(['placed'], 9);
        const [first] = h.shoppers.filter((s) => s.submission === 2);
        const rename = <T>(value: T): T =>
          JSON.parse(
            JSON.stringify(value).replaceAll('_0', '_second').replaceAll('cart_second', first!.cart_id),
          );
        h.providers.push(...rename(other.providers));
        h.database.push(...rename(other.database.filter((r) => r.table !== 'stock' && r.table !== 'cart')));
        h.mailbox.push(...rename(other.mailbox));
        h.shoppers[h.shoppers.indexOf(first!)] = { ...first!, order_id: 'ord_second' };
      },
    ],
    [
      'a charge of another amount',
      'double-charge',
      (h) => {
        h.providers.find((c) => c.status === 'approved')!.amount_minor += 1;
      },
    ],
    [
      'one unit more than there was',
      'oversell',
      (h) => {
        h.seededStock[0]!.on_hand -= 1;
        row(h, 'stock', (s) => s.sku === h.seededStock[0]!.sku).on_hand -= 1;
      },
    ],
    [
      'an acknowledged order that was deleted',
      'lost-order',
      (h) => {
        const lost = h.shoppers.find((s) => s.outcome === 'placed')!.order_id;
        h.database = h.database.filter((r) => !('order_id' in r) || r.order_id !== lost);
      },
    ],
    [
      'an acknowledged order that was cancelled',
      'lost-order',
      (h) => {
        row(h, 'order', (o) => o.order_id === h.shoppers[0]!.order_id).state = 'cancelled';
      },
    ],
    [
      'an acknowledged order nobody paid',
      'lost-order',
      (h) => {
        h.providers = h.providers.filter((c) => c.order !== h.shoppers[0]!.order_id);
      },
    ],
    [
      'money for an order that is cancelled',
      'captured-without-order',
      (h) => {
        const order = row(
          h,
          'order',
          (o) => o.state === 'authorized' && !h.shoppers.some((s) => s.order_id === o.order_id),
        );
        order.state = 'cancelled';
      },
    ],
    [
      'a paid order without a mail',
      'mail-exactly-once',
      (h) => {
        h.mailbox.shift();
      },
    ],
    [
      'a second mail',
      'mail-exactly-once',
      (h) => {
        h.mailbox.push({ ...h.mailbox[0]!, message_id: '<again>' });
      },
    ],
    [
      'a mail for a declined order',
      'mail-exactly-once',
      (h) => {
        const order_id = row(h, 'attempt', (a) => a.state === 'declined').order_id;
        h.mailbox.push({ ...h.mailbox[0]!, order_id });
      },
    ],
    [
      'a mail that names no order',
      'mail-exactly-once',
      (h) => {
        h.mailbox.push({ ...h.mailbox[0]!, order_id: null });
      },
    ],
    [
      'a payment that was never resolved',
      'unknown-payment-left',
      (h) => {
        row(h, 'attempt', (a) => a.state === 'not_executed').state = 'unknown';
      },
    ],
  ];
  test.each(planted)('%s is %s, and it is the first reason', (_what, check, plant) => {
    const broken = shop();
    plant(broken);
    expect(failing(compareLedgers(broken))[0]).toBe(check);
  });
});

describe('what cannot be judged is unknown, never green', () => {
  test.each(['shoppers', 'providers', 'database', 'mailbox'] as const)('an empty %s ledger', (ledger) => {
    const results = toChecks(compareLedgers({ ...shop(), [ledger]: [] }));
    expect(results.find((check) => check.check === `ledger-${ledger}`)!.status).toBe('unknown');
    expect(results.filter((check) => check.status === 'fail')).toEqual([]);
    expect(results.filter((check) => check.status === 'unknown').length).toBeGreaterThan(1);
  });

  test('two witnesses who say different things: nobody is blamed and nobody is believed', () => {
    const tied = shop();
    tied.mailbox[0]!.message_id = '<another>';
    const results = toChecks(compareLedgers(tied)).filter((check) => check.status !== 'pass');
    expect(results.map((check) => [check.check, check.status])).toEqual([
      ['ledger-database', 'unknown'],
      ['ledger-mailbox', 'unknown'],
    ]);
  });

  test('stock that was not recorded before the load', () => {
    const results = toChecks(compareLedgers({ ...shop(), seededStock: [] }));
    expect(results.find((check) => check.check === 'oversell')!.status).toBe('unknown');
  });
});
