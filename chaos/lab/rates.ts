// The carrier: two shipping methods, priced by weight and by how far the parcel goes.
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Desk } from './call.ts';

const rateRequest = z.object({
  country: z.string().regex(/^[A-Z]{2}$/),
  weight_grams: z.number().int().nonnegative().max(10_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

const methods = [
  { method: 'standard', baseMinor: 395, perKiloMinor: 80, days: 3 },
  { method: 'express', baseMinor: 795, perKiloMinor: 150, days: 1 },
] as const;
const abroad = { priceFactor: 2.5, extraDays: 3 } as const;

export function createRates(desk: Desk): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/v1/rates', async (c) => {
    const request = rateRequest.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json({ error: 'invalid_request' }, 422);
    const { country, weight_grams } = request.data;
    const kilos = Math.ceil(weight_grams / 1000);
    const home = country === 'GB';
    return desk.serve(c, 'quote', async () =>
      c.json({
        rates: methods.map(({ method, baseMinor, perKiloMinor, days }) => ({
          method,
          amount_minor: Math.round((baseMinor + perKiloMinor * kilos) * (home ? 1 : abroad.priceFactor)),
          days: days + (home ? 0 : abroad.extraDays),
        })),
      }),
    );
  });
  app.get('/healthz', (c) => c.json({ ok: true }));
  return app;
}
