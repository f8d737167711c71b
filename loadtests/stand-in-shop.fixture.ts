// A tiny shop that speaks the checkout API over real HTTP, so that the k6 script is proven without the real one.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenOrder {
  readonly key: string;
  readonly cart: string;
  readonly token: string;
}
export interface StandInShop {
  readonly url: string;
  readonly orders: readonly SeenOrder[];
  readonly emails: readonly string[];
  calls: number;
  close(): Promise<void>;
}

/** What the shop does with its n-th submission (from 0): an answer, a torn connection, or silence. */
export type Decide = (order: SeenOrder, n: number) => { status: number; body?: object } | 'reset' | 'silence';

export const placed: Decide = (order) => ({
  status: 201,
  body: { order_id: `o-${order.cart}`, state: 'authorized', total_minor: 500, currency: 'GBP' },
});

export async function openStandInShop(decide: Decide = placed, delayMs = 0): Promise<StandInShop> {
  const orders: SeenOrder[] = [];
  const emails: string[] = [];
  const shop = { orders, emails, calls: 0, url: '', close: async () => {} };
  let carts = 0;
  const answer = (response: ServerResponse, status: number, body: object = {}) =>
    setTimeout(() => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    }, delayMs);
  const server = createServer((request, response) => {
    void (async () => {
      shop.calls += 1;
      const body = await bodyOf(request);
      const { method, url = '' } = request;
      if (method === 'POST' && url === '/v1/orders') {
        const seen = {
          key: String(request.headers['idempotency-key']),
          cart: String(body.cart_id),
          token: String((body.payment as { token: string }).token),
        };
        const decision = decide(seen, orders.length);
        orders.push(seen);
        if (decision === 'reset') request.socket.resetAndDestroy();
        else if (decision !== 'silence') answer(response, decision.status, decision.body);
      } else if (method === 'POST' && url === '/v1/carts') {
        carts += 1;
        answer(response, 201, { id: `cart-${carts}`, lines: [], subtotal_minor: 0 });
      } else if (url.endsWith('/address')) {
        emails.push(String(body.email));
        answer(response, 200);
      } else if (url.endsWith('/rates')) {
        answer(response, 200, { rates: [{ method: 'standard', amount_minor: 100, days: 3 }] });
      } else if (url.endsWith('/quote')) {
        answer(response, 201, { id: `quote-${url.split('/')[3]}`, total_minor: 500, currency: 'GBP' });
      } else {
        answer(response, 200, { sku: 'A', atp: 1, locations: [] });
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  shop.close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return shop;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
