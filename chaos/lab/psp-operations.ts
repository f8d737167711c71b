// Captures and refunds as the shop sees them, and the way to ask what became of one.
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { Books } from './books.ts';
import type { Desk } from './call.ts';
import type { Charge, Operation, OperationKind } from './entries.ts';
import type { OperationOutcome } from './operations.ts';
import { idempotencyKey, invalid } from './request.ts';

type PspContext = Context<{ Bindings: HttpBindings }>;

const operationRequest = z.strictObject({
  reference: z.string().min(1).max(120),
  amount_minor: z.number().int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

const statusOf = { capture: 'captured', refund: 'refunded' } as const satisfies Record<OperationKind, string>;

const recordOf = ({ operation, charge }: { operation: Operation; charge: Charge }) => ({
  id: operation.id,
  key: operation.key,
  kind: operation.operation,
  status: statusOf[operation.operation],
  reference: charge.reference,
  amount_minor: operation.amount_minor,
  currency: charge.currency,
  created_ms: operation.at_ms,
});

function answer(c: PspContext, outcome: OperationOutcome): Response {
  switch (outcome.kind) {
    case 'done':
      if (outcome.replayed) c.header('Idempotent-Replayed', 'true');
      return c.json({ id: outcome.operation.id, status: statusOf[outcome.operation.operation] }, 201);
    case 'key_reused':
      return c.json({ error: 'key_reused' }, 422);
    case 'refused':
      return c.json({ error: outcome.error, executed: false }, 409);
    case 'already_captured':
      return c.json({ error: 'already_captured' }, 409);
  }
}

export function addOperationRoutes(app: Hono<{ Bindings: HttpBindings }>, books: Books, desk: Desk): void {
  const take = (kind: OperationKind) => async (c: PspContext) => {
    const key = idempotencyKey(c);
    if (key === null) return c.json({ error: 'idempotency_key_missing' }, 400);
    const request = operationRequest.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return c.json(invalid(request.error), 422);
    return desk.serve(c, kind, async (answered) =>
      answer(c, await books.operate(kind, key, request.data, answered)),
    );
  };
  app.post('/v1/captures', take('capture'));
  app.post('/v1/refunds', take('refund'));

  app.get('/v1/operations', async (c) => {
    const key = c.req.query('key');
    if (key === undefined || key === '') return c.json({ error: 'key_missing' }, 400);
    return desk.serve(c, 'query', async () =>
      c.json({ data: (await books.operationsUnder(key)).map(recordOf) }),
    );
  });
}
