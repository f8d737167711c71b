// Every endpoint of both services, and every way to plant a text in one: found in the apps and the contracts, so that what
// is added is planted in without anybody thinking of it.
import { createHmac, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { z } from 'zod';
import * as checkoutApi from '../core/contracts/checkout-api.ts';
import * as operations from '../core/contracts/order-operations.ts';
import * as ordersApi from '../core/contracts/orders-api.ts';
import { providerWebhook } from '../core/contracts/provider-webhook.ts';
import * as stockApi from '../core/contracts/stock-api.ts';
import * as switchesApi from '../core/contracts/switches-api.ts';
import { examples, planted } from '../core/contracts/test-plants.ts';
import { serviceTokenHeader } from '../core/http/service-token.ts';
import { webhookSignatureHeader } from '../core/http/webhook-signature.ts';

/** What each endpoint takes; one that is not listed is reported by `unlisted`. */
const bodies: Readonly<Record<string, z.ZodType | null>> = {
  'POST /v1/carts': checkoutApi.createCart,
  'POST /v1/carts/:id/lines': checkoutApi.addLine,
  'PUT /v1/carts/:id/address': checkoutApi.setAddress,
  'POST /v1/carts/:id/quote': checkoutApi.createQuote,
  'POST /v1/orders': checkoutApi.submitOrder,
  'POST /v1/payments': checkoutApi.submitPayment,
  'POST /internal/v1/orders': ordersApi.placeOrder,
  'POST /internal/v1/orders/:id/attempts': ordersApi.nextAttempt,
  'POST /internal/v1/orders/:id/events': ordersApi.paymentEvent,
  'POST /internal/v1/orders/:id/payments': ordersApi.startPayment,
  'POST /internal/v1/orders/:id/cancel': operations.cancelOrder,
  'POST /internal/v1/orders/:id/refunds': operations.refundOrder,
  'POST /internal/v1/orders/:id/returns': operations.returnGoods,
  'POST /internal/v1/orders/:id/shipments/:shipment/complete': null,
  'POST /internal/v1/fraud/reviews/:order': ordersApi.fraudDecision,
  'POST /internal/v1/fraud/labels': ordersApi.fraudLabel,
  'POST /internal/v1/holds': ordersApi.cartHolds,
  'POST /internal/v1/transfers': stockApi.planTransfer,
  'POST /internal/v1/transfers/:id/:step': null,
  'PUT /internal/v1/stock/:sku/:location': stockApi.changeStock,
  'POST /v1/stock-feed/:location': stockApi.stockFeed,
  'POST /v1/webhooks/:provider': providerWebhook,
  'PUT /internal/v1/switches/:dimension/:value': switchesApi.turnOnSwitch,
  'DELETE /internal/v1/switches/:dimension/:value': switchesApi.turnOffSwitch,
};
/** One that nobody reads, and those of proxies, browsers and callers. */
const headersRead = ['x-note', 'x-forwarded-for', 'traceparent', 'user-agent', 'cookie'];
const signed = ['/v1/webhooks/', '/v1/stock-feed/'];
const probes = ['/healthz', '/readyz', '/metrics'];

export interface Endpoint {
  readonly door: Hono;
  readonly method: string;
  readonly path: string;
}
export const endpointsOf = (doors: readonly Hono[]): Endpoint[] =>
  doors.flatMap((door) =>
    door.routes
      .filter(({ method, path }) => method !== 'ALL' && !probes.includes(path))
      .map(({ method, path }) => ({ door, method, path })),
  );
const nameOf = ({ method, path }: Endpoint) => `${method} ${path}`;
export const unlisted = (endpoints: readonly Endpoint[]): string[] =>
  endpoints.filter(({ method, path }) => method !== 'GET' && !(`${method} ${path}` in bodies)).map(nameOf);

/** Contracts that no endpoint takes as its body, and why. */
const notBodies: Readonly<Record<string, string>> = {
  orderEventV1: 'what we publish; it carries ids',
  orderEvent: 'what a webhook or a worker makes of what it was told',
  anyWebhook: 'less of providerWebhook',
  returnLine: 'part of returnGoods',
};
const contracts = join(import.meta.dirname, '../core/contracts');

/** Shapes in core/contracts that are planted in nowhere. */
export async function unplanted(taken: typeof bodies = bodies): Promise<string[]> {
  const files = readdirSync(contracts).filter((file) => !/^test-/.test(file));
  const exported = await Promise.all(
    files.map(async (file) => Object.entries((await import(join(contracts, file))) as object)),
  );
  const planted = new Set<unknown>(Object.values(taken));
  return exported
    .flat()
    .filter(([, value]) => value instanceof z.ZodObject || value instanceof z.ZodDiscriminatedUnion)
    .filter(([name, value]) => !planted.has(value) && !(name in notBodies))
    .map(([name]) => name);
}

export interface Keys {
  readonly serviceToken: string;
  /** Of providers and warehouses. */
  readonly secret: string;
  /** Of what exists: without it nothing is reached but "there is no such". */
  valueOf(path: string, parameter: string): string;
}
export interface Plant {
  /** `POST /v1/carts market`. */
  readonly at: string;
  send(): Promise<{ readonly status: number; readonly text: string }>;
}

/** `text` in each text field of the body, each part of the path, the query, a header and the key. */
export function plantsIn(endpoint: Endpoint, text: string, keys: Keys): Plant[] {
  const { door, method, path } = endpoint;
  const schema = bodies[nameOf(endpoint)];
  const usable = schema ? examples(schema)[0] : undefined;
  const parameters = path.match(/(?<=:)[a-z]+/g) ?? [];
  const filled = (planted?: string) =>
    parameters.reduce(
      (at, name) =>
        at.replace(`:${name}`, encodeURIComponent(name === planted ? text : keys.valueOf(path, name))),
      path,
    );
  const plant = (at: string, target: string, value: unknown, headers = {}): Plant => ({
    at: `${nameOf(endpoint)} ${at}`,
    async send() {
      const body = value === undefined ? undefined : JSON.stringify(value);
      const response = await door.request(target, {
        method,
        headers: {
          [serviceTokenHeader]: keys.serviceToken,
          'idempotency-key': randomUUID(),
          ...(signed.some((start) => path.startsWith(start)) && {
            [webhookSignatureHeader]: sign(keys.secret, body ?? ''),
          }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, text: await response.text() };
    },
  });
  return [
    ...(schema ? planted(schema, text).map(({ at, body }) => plant(at, filled(), body)) : []),
    // Where no body is looked for somebody may send one.
    ...(schema === null ? [plant('body', filled(), { note: text })] : []),
    ...parameters.map((name) => plant(`:${name}`, filled(name), usable)),
    plant('?q', `${filled()}?q=${encodeURIComponent(text)}`, usable),
    plant('headers', filled(), usable, Object.fromEntries(headersRead.map((name) => [name, text]))),
    plant('key', filled(), usable, { 'idempotency-key': text }),
  ];
}

function sign(secret: string, body: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
