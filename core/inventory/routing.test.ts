// From where an order is served: the rules as the shop applies them, and their order of preference.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { brokenBooks, ordersInstance, submission } from '../orders/test-orders.ts';
import { preference } from './routing.ts';

let server: TestServer;
let database: TestDatabase;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.fresh();
  await database.owner`insert into orders.locations (id, country, zone, handling_cost_minor) values
    ('MAN-1', 'GB', 'europe', 300), ('PAR-1', 'FR', 'europe', 100), ('NYC-1', 'US', 'north-america', 50)`;
  await database.owner`update orders.locations set handling_cost_minor = 400 where id = 'LON-1'`;
});

interface Order {
  readonly rule: string;
  readonly country?: string;
  readonly split?: 'allowed' | 'never';
  readonly wants: Readonly<Record<string, number>>;
}

/** Places one order; where its units come from, or why it was not placed. */
async function from({ rule, country = 'GB', split = 'allowed', wants }: Order): Promise<unknown> {
  const orders = ordersInstance(database, { env: { ROUTING_RULE: rule, ORDER_SPLIT: split } });
  const lines = Object.entries(wants).map(([sku, quantity]) => ({ sku, quantity, unit_price_minor: 100 }));
  const order = submission({ lines });
  const answer = await orders.place({ ...order, address: { ...order.address, country } });
  if (answer.kind !== 'placed') return answer;
  const rows = await database.owner<{ sku: string; location_id: string; quantity: number }[]>`
    select l.sku, l.location_id, l.quantity from orders.order_lines l
    join orders.reservations r using (order_id, sku, location_id, quantity)
    where order_id = ${answer.order_id} order by sku, location_id`;
  expect(await brokenBooks(database.owner)).toEqual({});
  return rows.map(({ sku, location_id, quantity }) => `${quantity}×${sku} ${location_id}`);
}
const stock = async (rows: Readonly<Record<string, Readonly<Record<string, number>>>>) => {
  for (const [location, levels] of Object.entries(rows))
    for (const [sku, onHand] of Object.entries(levels)) await database.stock(sku, onHand, location);
};

describe('closest', () => {
  test('the buyer’s own country, then the same zone, then anywhere', async () => {
    await stock({ 'LON-1': { MUG00001: 9 }, 'PAR-1': { MUG00001: 9 }, 'NYC-1': { MUG00001: 9 } });
    const wants = { MUG00001: 2 };
    expect(await from({ rule: 'closest', country: 'FR', wants })).toEqual(['2×MUG00001 PAR-1']);
    expect(await from({ rule: 'closest', country: 'US', wants })).toEqual(['2×MUG00001 NYC-1']);
    expect(await from({ rule: 'closest', country: 'DE', wants })).toEqual(['2×MUG00001 LON-1']);
    // In no zone we know: all are equally far, and the order of ids decides, always the same.
    expect(await from({ rule: 'closest', country: 'BR', wants })).toEqual(['2×MUG00001 LON-1']);
  });

  test('each article from the closest location that has enough of it', async () => {
    await stock({ 'LON-1': { MUG00001: 1, LAMP0001: 9 }, 'PAR-1': { MUG00001: 9, LAMP0001: 9 } });
    expect(await from({ rule: 'closest', wants: { LAMP0001: 2, MUG00001: 2 } })).toEqual([
      '2×LAMP0001 LON-1',
      '2×MUG00001 PAR-1',
    ]);
  });
});

describe('fewest splits', () => {
  test('one location that has everything, though another is closer for part of it', async () => {
    await stock({ 'LON-1': { MUG00001: 1, LAMP0001: 9 }, 'PAR-1': { MUG00001: 9, LAMP0001: 9 } });
    expect(await from({ rule: 'fewest_splits', wants: { LAMP0001: 2, MUG00001: 2 } })).toEqual([
      '2×LAMP0001 PAR-1',
      '2×MUG00001 PAR-1',
    ]);
  });

  test('when none has everything, most of it from one', async () => {
    await stock({
      'LON-1': { LAMP0001: 9 },
      'PAR-1': { LAMP0001: 9, MUG00001: 9 },
      'NYC-1': { RARE0001: 9 },
    });
    expect(await from({ rule: 'fewest_splits', wants: { LAMP0001: 1, MUG00001: 1, RARE0001: 1 } })).toEqual([
      '1×LAMP0001 PAR-1',
      '1×MUG00001 PAR-1',
      '1×RARE0001 NYC-1',
    ]);
  });
});

describe('lowest cost', () => {
  test('the location that is cheapest to handle, and of equals the closest', async () => {
    await stock({ 'LON-1': { MUG00001: 9 }, 'MAN-1': { MUG00001: 9 }, 'PAR-1': { MUG00001: 3 } });
    expect(await from({ rule: 'lowest_cost', wants: { MUG00001: 2 } })).toEqual(['2×MUG00001 PAR-1']);
    expect(await from({ rule: 'lowest_cost', wants: { MUG00001: 2 } })).toEqual(['2×MUG00001 MAN-1']);
    await database.owner`update orders.locations set handling_cost_minor = 1`;
    const geography = { locations: await locations(), zoneOf: new Map([['FR', 'europe']]) };
    expect(preference(geography, 'lowest_cost', 'FR')).toEqual(['PAR-1', 'LON-1', 'MAN-1', 'NYC-1']);
  });
});

const locations = () =>
  database.owner<{ id: string; country: string; zone: string; handling_cost_minor: number }[]>`
    select * from orders.locations`;

describe('an article that no location has enough of', () => {
  beforeEach(() => stock({ 'LON-1': { MUG00001: 3 }, 'MAN-1': { MUG00001: 2 }, 'PAR-1': { MUG00001: 9 } }));

  test('comes from several, in the order of the rule, when that is allowed', async () => {
    expect(await from({ rule: 'closest', wants: { MUG00001: 12 } })).toEqual([
      '3×MUG00001 LON-1',
      '2×MUG00001 MAN-1',
      '7×MUG00001 PAR-1',
    ]);
  });

  test('is sold out when it is not, and when all together have too few', async () => {
    const wants = { MUG00001: 12 };
    const soldOut = { kind: 'sold_out', skus: ['MUG00001'] };
    expect(await from({ rule: 'closest', split: 'never', wants })).toEqual(soldOut);
    expect(await from({ rule: 'closest', wants: { MUG00001: 15 } })).toEqual(soldOut);
    expect(await from({ rule: 'closest', split: 'never', wants: { MUG00001: 9 } })).toEqual([
      '9×MUG00001 PAR-1',
    ]);
  });

  test('two buyers at once never get more than there is', async () => {
    const orders = [1, 2].map(() => ordersInstance(database));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        orders[i % 2]!.place(submission({ sku: 'MUG00001', quantity: 4 })),
      ),
    );
    // 14 units in fours: three buyers, and two units that nobody wanted alone.
    expect(answers.filter(({ kind }) => kind === 'placed')).toHaveLength(3);
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});
