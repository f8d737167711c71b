// A payment provider, as the shop sees it. The README beside this file is its contract.
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Books } from './books.ts';
import type { Desk } from './call.ts';
import type { Charge } from './entries.ts';
import { addActionRoutes, redirectUrl } from './psp-actions.ts';
import { addOperationRoutes } from './psp-operations.ts';
import { addSettlementRoutes } from './psp-settlements.ts';
import { idempotencyKey, invalid } from './request.ts';
import type { Settlements } from './settlements.ts';

const id = z.string().min(1).max(120);
const authorization = z.strictObject({
  reference: id,
  order: id,
  amount_minor: z.number().int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  method: z.string().min(1).max(40),
  // Tokens only: the lab never sees a card number, and the pattern cannot match one.
  token: z.string().regex(/^tok_(ok|decline|gift)_[A-Za-z0-9_-]{1,80}$/),
});
const voiding = z.strictObject({ reference: id });
const page = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
});

const answerOf = (charge: Charge) => ({
  id: charge.id,
  // What the shop was told when the charge was decided, also after a capture or a void: a replay repeats the first answer.
  status: charge.history[0]!.status,
  ...(charge.decline_code === null ? {} : { decline_code: charge.decline_code }),
  reference: charge.reference,
});
const recordOf = (charge: Charge) => {
  const { id, status, amount_minor, currency, created_ms, captured_minor, refunded_minor } = charge;
  return { id, status, amount_minor, currency, created_ms, captured_minor, refunded_minor };
};

export function createPsp(
  books: Books,
  settlements: Settlements,
  desk: Desk,
): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.post('/v1/authorizations', async (c) => {
    const key = idempotencyKey(c);
    if (key === null) return c.json({ error: 'idempotency_key_missing' }, 400);
    // Checked before a fault is drawn: a bite always hits a call that would have had an effect.
    const request = authorization.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json(invalid(request.error), 422);
    return desk.serve(c, 'authorize', async (answered) => {
      const result = await books.authorize(key, request.data, answered);
      if (result.kind === 'key_reused') return c.json({ error: 'key_reused' }, 422);
      if (result.kind === 'refused') return c.json({ error: 'reference_voided', executed: false }, 409);
      if (result.replayed) c.header('Idempotent-Replayed', 'true');
      const answer = answerOf(result.charge);
      if (answer.status !== 'pending') return c.json(answer, 201);
      const asked = { status: 'requires_action', redirect_url: redirectUrl(c.req.url, result.charge) };
      return c.json({ ...answer, ...asked }, 202);
    });
  });

  app.get('/v1/authorizations', async (c) => {
    const reference = c.req.query('reference');
    if (reference === undefined) return c.json({ error: 'reference_missing' }, 400);
    return desk.serve(c, 'query', async () =>
      c.json({ data: (await books.query(reference)).map((charge) => recordOf(charge)) }),
    );
  });

  app.post('/v1/voids', async (c) => {
    const request = voiding.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json(invalid(request.error), 422);
    return desk.serve(c, 'void', async () =>
      c.json({ ...(await books.void(request.data.reference)), tombstoned: true }),
    );
  });

  addActionRoutes(app, books, desk);
  addOperationRoutes(app, books, desk);
  addSettlementRoutes(app, settlements);

  app.get('/v1/books', (c) => {
    const query = page.safeParse(c.req.query());
    if (!query.success) return c.json(invalid(query.error), 422);
    const { after, limit } = query.data;
    const entries = books.list(after, limit);
    return c.json({ entries, next: entries.at(-1)?.seq ?? after });
  });

  app.get('/healthz', (c) => c.json({ ok: true }));
  return app;
}
