// What an experiment uses: faults with leases, and the books as the ledgers read them.
import type { Provider } from '../../core/telemetry/metrics/payment.ts';
import { Hono } from 'hono';
import { createMoneyControl } from './control-money.ts';
import { type Faults, faultRequest } from './faults.ts';
import type { MoneyDesk } from './money-desk.ts';

export function createControl(
  faults: Faults,
  desks: Readonly<Record<Provider, MoneyDesk>>,
  ports: () => Readonly<Record<string, number>>,
): Hono {
  const app = new Hono();

  app.put('/faults/:id', async (c) => {
    const request = faultRequest.safeParse(await c.req.json().catch(() => null));
    if (!request.success)
      return c.json({ error: request.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`) }, 422);
    const result = faults.put(c.req.param('id'), request.data);
    return result === 'too_many' ? c.json({ error: 'too many live faults' }, 409) : c.json({ result });
  });

  app.delete('/faults/:id', (c) => {
    faults.end(c.req.param('id'));
    return c.json({ ended: true });
  });

  app.get('/faults', (c) => c.json(faults.list()));

  app.get('/books/:provider', async (c) => {
    const provider = c.req.param('provider');
    if (!Object.hasOwn(desks, provider)) return c.json({ error: `no books of ${provider}` }, 404);
    const { charges, tombstones, refusals } = await desks[provider as Provider].books.everything();
    return c.json({
      provider,
      // The fingerprint is an internal of the provider; the shop's token is in it.
      charges: charges.map(({ fingerprint: _fingerprint, ...charge }) => ({ provider, ...charge })),
      tombstones,
      refusals,
    });
  });

  app.route('/', createMoneyControl(desks));
  app.get('/healthz', (c) => c.json({ ok: true, ports: ports() }));
  return app;
}
