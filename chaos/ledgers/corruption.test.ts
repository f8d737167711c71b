// One corrupted row in one ledger, without any seal to betray it: the ledger is named, and no other.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareLedgers } from './compare.ts';
import { healthyHistory, type History, stories } from './history.fixture.ts';
import type { DatabaseRow, LedgerName, RowOf, Table } from './rows.ts';

const row = <T extends Table>(history: History, table: T, match: (row: RowOf<T>) => boolean = () => true) =>
  history.database.find(
    (candidate): candidate is RowOf<T> => candidate.table === table && match(candidate as RowOf<T>),
  )!;

const history = fc
  .record({ told: fc.array(fc.constantFrom(...stories), { minLength: 12, maxLength: 60 }), seed: fc.nat() })
  // One of each at least: an empty ledger is unknown, and a fault needs its victim.
  .map(({ told, seed }) => healthyHistory([...stories, ...told], seed));

describe('a ledger that lies is named, without any seal', () => {
  type Corruption = readonly [
    what: string,
    ledger: LedgerName,
    plant: (history: History, at: number) => void,
  ];
  const nth = <T>(rows: readonly T[], at: number) => rows[at % rows.length]!;
  const change =
    <T extends Table>(
      table: T,
      match: (row: RowOf<T>, history: History) => boolean,
      edit: (row: RowOf<T>) => void,
    ) =>
    (h: History, at: number) => {
      const rows = h.database.filter((r): r is RowOf<T> => r.table === table && match(r as RowOf<T>, h));
      edit(nth(rows, at));
    };
  const remove =
    <T extends Table>(table: T, match: (row: RowOf<T>) => boolean) =>
    (h: History, at: number) => {
      const victim = nth(
        h.database.filter((r) => r.table === table && match(r as RowOf<T>)),
        at,
      );
      h.database.splice(h.database.indexOf(victim), 1);
    };
  const any = () => true;
  const placed = (h: History) => h.shoppers.filter((s) => s.outcome === 'placed');
  const live = (h: History) => h.providers.filter((c) => c.status === 'approved');
  // Charges whose void the database tells too: only the two of them know of it.
  const told = (h: History) => h.providers.filter((c) => c.status !== 'voided');

  const corruptions: readonly Corruption[] = [
    ['an amount', 'shoppers', (h, at) => (nth(placed(h), at).amount_minor += 1)],
    ['a currency', 'shoppers', (h, at) => (nth(placed(h), at).currency = 'EUR')],
    ['an order id', 'shoppers', (h, at) => (nth(placed(h), at).order_id = 'ord_none')],
    [
      'placed told as declined',
      'shoppers',
      (h, at) =>
        Object.assign(
          nth(
            placed(h).filter((s) => !h.shoppers.some((t) => t !== s && t.click === s.click)),
            at,
          ),
          { outcome: 'declined', order_id: null },
        ),
    ],
    ['a basket', 'shoppers', (h, at) => nth(placed(h), at).lines[0]!.quantity++],
    [
      'an invented order',
      'shoppers',
      (h, at) =>
        h.shoppers.push({ ...nth(placed(h), at), click: 'c_x', cart_id: 'cart_x', order_id: 'ord_x' }),
    ],
    [
      'a removed refusal',
      'shoppers',
      (h, at) =>
        h.shoppers.splice(
          h.shoppers.indexOf(
            nth(
              h.shoppers.filter((s) => s.outcome === 'declined'),
              at,
            ),
          ),
          1,
        ),
    ],
    [
      'a removed order',
      'shoppers',
      (h, at) => {
        const victim = nth(
          placed(h).filter((s) => !h.shoppers.some((t) => t !== s && t.click === s.click)),
          at,
        );
        h.shoppers.splice(h.shoppers.indexOf(victim), 1);
      },
    ],
    ['a row told twice', 'shoppers', (h, at) => h.shoppers.push({ ...nth(h.shoppers, at) })],

    ['an amount', 'providers', (h, at) => (nth(told(h), at).amount_minor += 1)],
    ['an order', 'providers', (h, at) => (nth(told(h), at).order = 'ord_none')],
    ['a reference', 'providers', (h, at) => (nth(told(h), at).reference = 'att_none')],
    ['a key', 'providers', (h, at) => (nth(told(h), at).key = 'att_none')],
    ['a charge id', 'providers', (h, at) => (nth(live(h), at).id = 'ch_none')],
    ['a status', 'providers', (h, at) => (nth(live(h), at).status = 'voided')],
    [
      'a decline told as approved',
      'providers',
      (h, at) =>
        (nth(
          h.providers.filter((c) => c.status === 'declined'),
          at,
        ).status = 'approved'),
    ],
    [
      'a removed charge',
      'providers',
      (h, at) => h.providers.splice(h.providers.indexOf(nth(told(h), at)), 1),
    ],
    [
      'an invented charge on a real order',
      'providers',
      (h, at) => h.providers.push({ ...nth(live(h), at), id: 'ch_x', key: 'att_x', reference: 'att_x' }),
    ],
    [
      'an invented charge on no order',
      'providers',
      (h, at) =>
        h.providers.push({
          ...nth(live(h), at),
          id: 'ch_x',
          key: 'att_x',
          reference: 'att_x',
          order: 'ord_x',
        }),
    ],
    ['a row written twice', 'providers', (h, at) => h.providers.push({ ...nth(h.providers, at) })],

    [
      'an order total',
      'database',
      change(
        'order',
        (o) => o.state === 'authorized',
        (o) => (o.total_minor += 1),
      ),
    ],
    [
      'an order state',
      'database',
      change(
        'order',
        (o, h) => placed(h).some((s) => s.order_id === o.order_id),
        (o) => (o.state = 'cancelled'),
      ),
    ],
    ['an order id', 'database', change('order', any, (o) => (o.order_id = 'ord_none'))],
    [
      'an address',
      'database',
      change(
        'order',
        (o) => o.state === 'authorized',
        (o) => (o.email_sha256 = 'x'),
      ),
    ],
    ['a removed order', 'database', remove('order', any)],
    [
      'an invented order',
      'database',
      (h) =>
        h.database.push({
          ...row(h, 'order', (o) => o.state === 'authorized'),
          order_id: 'ord_x',
          checkout_id: 'cart_x',
        }),
    ],
    [
      'an attempt amount',
      'database',
      change(
        'attempt',
        (a) => a.state === 'approved',
        (a) => (a.amount_minor += 1),
      ),
    ],
    [
      'an attempt order',
      'database',
      change(
        'attempt',
        (a) => a.state === 'approved',
        (a) => (a.order_id = 'ord_none'),
      ),
    ],
    [
      'an attempt id',
      'database',
      change(
        'attempt',
        (a) => a.state === 'approved' || a.state === 'declined',
        (a) => (a.attempt_id = 'att_none'),
      ),
    ],
    ['a removed attempt', 'database', remove('attempt', (a) => a.state === 'approved')],
    [
      'an invented attempt',
      'database',
      (h) =>
        h.database.push({
          ...row(h, 'attempt', (a) => a.state === 'approved'),
          attempt_id: 'att_x',
          provider_reference: 'ch_x',
        }),
    ],
    ['a ledger amount', 'database', change('payment', any, (p) => (p.amount_minor += 1))],
    ['a removed ledger row', 'database', remove('payment', any)],
    [
      'a line',
      'database',
      change(
        'line',
        (l, h) => placed(h).some((s) => s.order_id === l.order_id),
        (l) => (l.quantity += 1),
      ),
    ],
    [
      'a reservation',
      'database',
      change(
        'reservation',
        (r) => r.status === 'active',
        (r) => (r.quantity += 1),
      ),
    ],
    ['stock on hand', 'database', change('stock', any, (s) => (s.on_hand += 1))],
    ['stock reserved', 'database', change('stock', any, (s) => (s.reserved -= 1))],
    ['a removed notification', 'database', remove('notification', any)],
    [
      'a row twice',
      'database',
      (h, at) =>
        h.database.push({
          ...nth(
            h.database.filter((r: DatabaseRow) => r.table !== 'reservation'),
            at,
          ),
        }),
    ],

    ['an order id', 'mailbox', (h, at) => (nth(h.mailbox, at).order_id = 'ord_none')],
    ['a recipient', 'mailbox', (h, at) => (nth(h.mailbox, at).recipient_sha256 = 'x')],
    ['a removed mail', 'mailbox', (h, at) => h.mailbox.splice(at % h.mailbox.length, 1)],
    [
      'an invented mail on a real order',
      'mailbox',
      (h, at) => h.mailbox.push({ ...nth(h.mailbox, at), message_id: '<x>' }),
    ],
    [
      'an invented mail on no order',
      'mailbox',
      (h, at) => h.mailbox.push({ ...nth(h.mailbox, at), order_id: 'ord_x', message_id: '<x>' }),
    ],
  ];
  test.each(corruptions)('%s in the %s ledger', (_what, ledger, plant) => {
    fc.assert(
      fc.property(history, fc.nat(), (healthy, at) => {
        const corrupted = structuredClone(healthy);
        plant(corrupted, at);
        const findings = compareLedgers(corrupted).filter((finding) => finding.check.startsWith('ledger-'));
        const blamed = new Set(
          findings.map(({ check, detail }) => (check === `ledger-${ledger}` ? check : detail)),
        );
        expect([...blamed]).toEqual([`ledger-${ledger}`]);
      }),
      { numRuns: 8 },
    );
  });
});
