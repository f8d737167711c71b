// Payments whose buyer has to agree first: the shop completes them, or the buyer does on the provider's own page and the
// shop hears of it by webhook.
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { z } from 'zod';
import type { Books } from './books.ts';
import type { Desk } from './call.ts';
import type { Charge } from './entries.ts';
import { idempotencyKey, invalid } from './request.ts';

const confirmation = z.strictObject({
  reference: z.string().min(1).max(120),
  token: z.string().regex(/^tok_(ok|decline)_[A-Za-z0-9_-]{1,80}$/),
});
const choice = z.strictObject({ agree: z.enum(['yes', 'no']) });

/** Decided after it was made, so by its buyer. */
const outcomeOf = ({ id, reference, history }: Charge) => ({
  id,
  status: history[1]!.status,
  ...(history[1]!.status === 'declined' ? { decline_code: 'declined_by_buyer' } : {}),
  reference,
});

export function addActionRoutes(app: Hono<{ Bindings: HttpBindings }>, books: Books, desk: Desk): void {
  app.post('/v1/confirmations', async (c) => {
    if (idempotencyKey(c) === null) return c.json({ error: 'idempotency_key_missing' }, 400);
    const request = confirmation.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json(invalid(request.error), 422);
    const { reference, token } = request.data;
    return desk.serve(c, 'authorize', async (answered) => {
      const result = await books.agree({ reference }, token.startsWith('tok_ok_'), answered);
      if (result.kind === 'voided') return c.json({ error: 'reference_voided', executed: false }, 409);
      if (result.kind === 'not_found') return c.json({ error: 'nothing_to_confirm' }, 422);
      return c.json(outcomeOf(result.charge), 201);
    });
  });

  // The page a buyer's browser is sent to. Nobody at the shop hears its answer.
  app.get('/v1/redirects/:id', async (c) => {
    const query = choice.safeParse(c.req.query());
    if (!query.success) return c.text('Pay later? Open this address again with ?agree=yes or ?agree=no.');
    const result = await books.agree({ id: c.req.param('id') }, query.data.agree === 'yes', false);
    return result.kind === 'decided'
      ? c.text(`The payment is ${result.charge.status}. Go back to the shop.`)
      : c.text('There is nothing to agree to here.', 404);
  });
}

/** The address is the caller's own way to this provider: it works from wherever the shop does. */
export const redirectUrl = (requestUrl: string, { id }: Charge) =>
  new URL(`/v1/redirects/${id}`, requestUrl).href;
