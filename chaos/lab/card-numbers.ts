// No provider of the lab takes a card number either, wherever in a call it is.
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { cardNumberIn } from '../../core/http/request-card-number.ts';

// biome-ignore lint/suspicious/noExplicitAny: the apps differ in their bindings, which the adaptor supplies.
export function withoutCardNumbers(app: Hono<any>): Hono<{ Bindings: HttpBindings }> {
  const door = new Hono<{ Bindings: HttpBindings }>();
  door.use(async (c, next) => {
    const { method, url } = c.req;
    const body = method === 'GET' || method === 'HEAD' ? '' : await c.req.text();
    const { rawHeaders: headers } = c.env.incoming;
    const place = cardNumberIn({ target: url.slice(url.indexOf('/', 8)), headers, body });
    return place === null ? next() : c.json({ error: 'card_number_refused', place }, 422);
  });
  return door.route('/', app) as typeof door;
}
