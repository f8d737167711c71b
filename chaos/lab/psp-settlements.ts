// Settlement files as the shop fetches them.
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { z } from 'zod';
import { invalid } from './request.ts';
import type { Settlements } from './settlements.ts';

const page = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export function addSettlementRoutes(app: Hono<{ Bindings: HttpBindings }>, settlements: Settlements): void {
  app.get('/v1/settlements', async (c) => {
    const query = page.safeParse(c.req.query());
    if (!query.success) return c.json(invalid(query.error), 422);
    return c.json(await settlements.list(query.data.after, query.data.limit));
  });
  app.get('/v1/settlements/:id', async (c) => {
    const text = await settlements.text(c.req.param('id'));
    return text === null
      ? c.json({ error: 'no_such_file' }, 404)
      : c.body(text, 200, { 'content-type': 'text/csv; charset=utf-8' });
  });
}
