// What the shop's own people ask of the orders service, and the moments they wait for.
import type { OrderHistory } from '../../core/contracts/order-operations.ts';
import { until } from '../../stack/until.ts';
import type { Scene } from './scene.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The body of a 2xx; anything else is an act that went wrong. */
export async function ask<T>(
  { orders }: Pick<Scene, 'orders'>,
  method: Method,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
): Promise<T> {
  const heard = await orders.call(method, path, body, { ...headers });
  if (heard.status < 200 || heard.status > 299)
    throw new Error(`${method} ${path} answered ${heard.status}: ${heard.body.slice(0, 200)}`);
  return JSON.parse(heard.body) as T;
}

const order = (orderId: string) => `/internal/v1/orders/${orderId}`;

const historyOf = (scene: Scene, orderId: string): Promise<OrderHistory> =>
  ask(scene, 'GET', `${order(orderId)}/history`);

/** A change that a person asks for, under a key of its own. */
export const change = <T>(
  scene: Scene,
  orderId: string,
  what: string,
  key: string,
  body: object,
): Promise<T> =>
  ask(scene, 'POST', `${order(orderId)}/${what}`, body, { 'idempotency-key': `${scene.runId}-${key}` });

/** Workers look every 2 s, webhooks come after 3 s, and a busy machine takes its time. */
export const patience = { withinMs: 40_000, everyMs: 200 } as const;

/** Waits for the history to tell it. */
export function told(
  scene: Scene,
  orderId: string,
  what: string,
  holds: (history: OrderHistory) => boolean,
): Promise<OrderHistory> {
  const look = async () => {
    const history = await historyOf(scene, orderId);
    return holds(history) ? history : null;
  };
  return until(`order ${orderId} ${what}`, look, { ...patience, signal: scene.signal });
}
