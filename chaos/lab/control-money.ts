// The control API's part about money after the authorisation: disputes, webhooks, settlement files.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { type Provider, providers } from '../../core/telemetry/metrics/payment.ts';
import type { MoneyDesk } from './money-desk.ts';
import { invalid } from './request.ts';
import { closing } from './settlements.ts';
import { subscription } from './webhooks.ts';

const dispute = z.strictObject({
  reference: z.string().min(1).max(120),
  kind: z.enum(['notice', 'lost', 'won']),
});

export function createMoneyControl(desks: Readonly<Record<Provider, MoneyDesk>>): Hono {
  const app = new Hono();
  const deskOf = (c: Context): MoneyDesk | null => {
    const provider = providers.find((name) => name === c.req.param('provider'));
    return provider === undefined ? null : desks[provider];
  };
  const unknown = (c: Context) => c.json({ error: `no provider ${c.req.param('provider')}` }, 404);
  const bodyOf = (c: Context): Promise<unknown> => c.req.json().catch(() => null);

  app.post('/disputes/:provider', async (c) => {
    const desk = deskOf(c);
    if (desk === null) return unknown(c);
    const request = dispute.safeParse(await bodyOf(c));
    if (!request.success) return c.json(invalid(request.error), 422);
    const outcome = await desk.books.dispute(request.data.reference, request.data.kind);
    if (outcome.kind === 'no_such_charge') return c.json({ error: 'no_such_charge' }, 404);
    if (outcome.kind === 'out_of_turn') return c.json({ error: 'out_of_turn' }, 409);
    const { id, dispute: kind, amount_minor } = outcome.dispute;
    return c.json({ id, kind, amount_minor }, 201);
  });

  app.put('/webhooks/:provider', async (c) => {
    const desk = deskOf(c);
    if (desk === null) return unknown(c);
    const request = subscription.safeParse(await bodyOf(c));
    if (!request.success) return c.json(invalid(request.error), 422);
    desk.webhooks.subscribe(request.data);
    return c.json(desk.webhooks.status());
  });
  app.get('/webhooks/:provider', (c) => {
    const desk = deskOf(c);
    return desk === null ? unknown(c) : c.json(desk.webhooks.status());
  });
  app.delete('/webhooks/:provider', (c) => {
    const desk = deskOf(c);
    if (desk === null) return unknown(c);
    desk.webhooks.unsubscribe();
    return c.json(desk.webhooks.status());
  });

  app.post('/settlements/:provider', async (c) => {
    const desk = deskOf(c);
    if (desk === null) return unknown(c);
    const request = closing.safeParse(await c.req.json().catch(() => ({})));
    if (!request.success) return c.json(invalid(request.error), 422);
    const files = await desk.settlements.close(request.data);
    return files === null ? c.json({ error: 'no_line_to_plant_on' }, 409) : c.json({ files }, 201);
  });
  return app;
}
