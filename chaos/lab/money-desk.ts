// Everything a payment provider keeps: its books, its settlement files, and whom it tells of them.
import { join } from 'node:path';
import type { Provider } from '../../core/telemetry/metrics/payment.ts';
import { openBooks } from './books.ts';
import { profiles } from './profiles.ts';
import { openSettlements } from './settlements.ts';
import { createWebhooks } from './webhooks.ts';

export type MoneyDesk = Awaited<ReturnType<typeof openMoneyDesk>>;

export async function openMoneyDesk(dir: string, provider: Provider, now: () => number) {
  const profile = profiles[provider];
  const webhooks = createWebhooks();
  const books = await openBooks(join(dir, `${provider}.ndjson`), { profile, booked: webhooks.booked, now });
  const settlements = await openSettlements(join(dir, `${provider}-settlements.ndjson`), books, {
    profile,
    now,
  });
  return {
    books,
    settlements,
    webhooks,
    /** Tells nobody any more, then closes the files. */
    async close(): Promise<void> {
      await webhooks.close();
      await settlements.end();
      await books.close();
    },
  };
}
