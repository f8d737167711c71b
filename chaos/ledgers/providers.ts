// The second ledger: the payment providers' own books, asked of the providers.
import { z } from 'zod';
import { providers } from '../../core/telemetry/metrics/payment.ts';
import { type ProviderRow, providerRow } from './rows.ts';

const books = z.object({ charges: z.array(providerRow) });
const readTimeoutMs = 15_000;

export async function readProviders(labControlUrl: string): Promise<ProviderRow[]> {
  const read = await Promise.all(
    providers.map(async (provider) => {
      const url = `${labControlUrl}/books/${provider}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(readTimeoutMs) });
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      return books.parse(await response.json()).charges;
    }),
  );
  return read.flat();
}
