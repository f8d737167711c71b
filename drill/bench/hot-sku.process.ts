// A process of the orders service that is its own crowd: it places orders for one article by the service's front door.
import { randomUUID } from 'node:crypto';
import { readConfig } from '../../core/config.ts';
import type { PlaceOrder, PlaceOrderAnswer } from '../../core/contracts/orders-api.ts';
import { openDatabase } from '../../core/db/client.ts';
import { serviceTokenHeader } from '../../core/http/service-token.ts';
import { createOrdersApp } from '../../core/orders/app.ts';
import { createInstruments } from '../../core/telemetry/instruments.ts';
import { createLog } from '../../core/telemetry/log.ts';

export interface HotOrder {
  readonly sku: string;
  /** Buyers at once. */
  readonly wanting: number;
  readonly seconds: number;
  readonly stopWhenSoldOut?: boolean;
}
export interface HotAnswer {
  readonly placed: number;
  readonly soldOut: number;
  readonly failed: number;
  readonly seconds: number;
}

const config = readConfig(process.env);
const instruments = createInstruments('orders');
const db = openDatabase(config.DATABASE_URL, { poolSize: config.DATABASE_POOL, instruments });
const app = createOrdersApp({ db, instruments, log: createLog('orders', 'error'), config });

function orderOf(sku: string): PlaceOrder {
  const id = randomUUID();
  return {
    idempotency: { key: id, scope: 'bench', fingerprint: '0'.repeat(64) },
    checkout_id: id,
    market: 'GB',
    currency: 'GBP',
    lines: [{ sku, quantity: 1, unit_price_minor: 1_000 }],
    subtotal_minor: 1_000,
    shipping_minor: 395,
    tax_minor: 200,
    total_minor: 1_595,
    email: 'bench@shop.example',
    address: { country: 'GB' },
    shipping_method: 'standard',
    payment: { method: 'card', provider: 'psp-primary' },
  };
}

async function place(sku: string): Promise<PlaceOrderAnswer['kind'] | 'failed'> {
  const answer = await app.request('/internal/v1/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', [serviceTokenHeader]: config.SERVICE_TOKEN },
    body: JSON.stringify(orderOf(sku)),
  });
  if (answer.status !== 200) return 'failed';
  return ((await answer.json()) as PlaceOrderAnswer).kind;
}

async function run({ sku, wanting, seconds, stopWhenSoldOut = false }: HotOrder): Promise<HotAnswer> {
  const started = performance.now();
  const until = started + seconds * 1_000;
  const told = { placed: 0, sold_out: 0, failed: 0 };
  let over = false;
  const walk = async () => {
    while (!over && performance.now() < until) {
      const kind = await place(sku);
      if (kind === 'placed' || kind === 'sold_out') told[kind] += 1;
      else told.failed += 1;
      if (kind === 'sold_out' && stopWhenSoldOut) over = true;
    }
  };
  await Promise.all(Array.from({ length: wanting }, walk));
  return {
    placed: told.placed,
    soldOut: told.sold_out,
    failed: told.failed,
    seconds: (performance.now() - started) / 1_000,
  };
}

process.on('message', (order: HotOrder) => {
  // A bug ends the process, and with it the bench: an unhandled rejection does both.
  void run(order).then((answer) => process.send!(answer));
});
// Without whoever started it there is nothing to do.
process.on('disconnect', () => process.exit(0));
process.send!('ready');
