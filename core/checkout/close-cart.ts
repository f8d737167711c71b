// The cart of an order is closed after the answer, and nothing depends on it: the order holds its own copy of everything. So
// under load it need not be a statement and a commit of its own.
import { context, type Context } from '@opentelemetry/api';
import type { Database } from '../db/client.ts';
import { createLanes } from '../lanes.ts';

interface Sold {
  readonly cartId: string;
  readonly trace: Context;
}

/** Closes a cart; alone at once, beside others together with them. */
export function createCartCloser(db: Database): (cartId: string) => Promise<void> {
  const close = createLanes<Sold, void>(
    { max: 100, waitMs: 50 },
    () => ['sold'],
    async (batch) => {
      const ids = batch.map(({ cartId }) => cartId);
      await context.with(batch[0]!.trace, () =>
        db.query(
          'close cart',
          // In the order of their ids: another process may close some of the same.
          (sql) => sql`
            with sold as (select id from checkout.carts where id = any (${ids}::text[]) order by id for update)
            update checkout.carts c set status = 'submitted', updated_at = now() from sold where c.id = sold.id`,
        ),
      );
      return batch.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  );
  return (cartId) => close({ cartId, trace: context.active() });
}
