// The tax provider. Rates are the standard VAT rates of the markets the default profile sells to; elsewhere an export, 0.
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Desk } from './call.ts';

const taxRequest = z.object({
  country: z.string().regex(/^[A-Z]{2}$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  lines: z
    .array(
      z.object({
        sku: z.string().max(40),
        quantity: z.number().int().positive(),
        amount_minor: z.number().int().nonnegative(),
      }),
    )
    .max(500),
  shipping_minor: z.number().int().nonnegative(),
});

const rates: Readonly<Record<string, number>> = {
  ...{ GB: 0.2, IE: 0.23, DE: 0.19, FR: 0.2, NL: 0.21, BE: 0.21, ES: 0.21, PT: 0.23, IT: 0.22, AT: 0.2 },
  ...{ SE: 0.25, DK: 0.25, FI: 0.255, NO: 0.25, CH: 0.081, PL: 0.23, CY: 0.19, GR: 0.24, MT: 0.18, CZ: 0.21 },
};

export function createTax(desk: Desk): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/v1/tax', async (c) => {
    const request = taxRequest.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json({ error: 'invalid_request' }, 422);
    const { country, lines, shipping_minor } = request.data;
    return desk.serve(c, 'quote', async () => {
      const rate = rates[country] ?? 0;
      // amount_minor is the amount of the whole line.
      const taxable = lines.reduce((total, line) => total + line.amount_minor, shipping_minor);
      return c.json({ tax_minor: Math.round(taxable * rate), rate });
    });
  });
  app.get('/healthz', (c) => c.json({ ok: true }));
  return app;
}
