// The fraud screening provider. The token says what it thinks, so that a run can be repeated.
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Desk } from './call.ts';

const screening = z.strictObject({
  order: z.string().min(1).max(120),
  amount_minor: z.number().int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  country: z.string().regex(/^[A-Z]{2}$/),
  method: z.string().min(1).max(40),
  token: z.string().regex(/^tok_[a-z]+_[A-Za-z0-9_-]{1,80}$/),
});

function opinionOf(token: string) {
  if (token.startsWith('tok_ok_stolen')) return { decision: 'reject', score: 97 };
  if (token.startsWith('tok_ok_risky')) return { decision: 'review', score: 71 };
  return { decision: 'accept', score: 4 };
}

export function createFraud(desk: Desk): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/v1/screen', async (c) => {
    const request = screening.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json({ error: 'invalid_request' }, 422);
    return desk.serve(c, 'screen', async () => c.json(opinionOf(request.data.token)));
  });
  app.get('/healthz', (c) => c.json({ ok: true }));
  return app;
}
