// GET /v1/catalog, a page at a time, and one item.
import type { Hono } from 'hono';
import { problem } from '../http/problem.ts';
import type { Catalog, CatalogItem } from './catalog.ts';

const pageSize = 100;
const maxPageSize = 500;

const shown = ({ sku, title, price_minor, currency }: CatalogItem) => ({ sku, title, price_minor, currency });

export function catalogRoutes(app: Hono, catalog: Catalog): void {
  app.get('/v1/catalog', async (c) => {
    await catalog.ready();
    const limit = Number(c.req.query('limit') ?? pageSize);
    if (!Number.isInteger(limit) || limit < 1 || limit > maxPageSize)
      return problem(c, 422, 'invalid', 'The request is not valid.', {
        detail: `limit: is a whole number from 1 to ${maxPageSize}`,
      });
    const items = catalog.page(c.req.query('after') ?? '', limit);
    const last = items.length === limit ? items.at(-1)?.sku : undefined;
    return c.json({ items: items.map(shown), next: last ?? null });
  });
  app.get('/v1/catalog/:sku', async (c) => {
    await catalog.ready();
    const item = catalog.find(c.req.param('sku'));
    if (item === undefined) return problem(c, 404, 'unknown_sku', 'There is no such article.');
    return c.json(shown(item));
  });
}
