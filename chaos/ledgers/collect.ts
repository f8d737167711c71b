// Collects the four ledgers into the evidence, sealed, so that they can be compared later from files alone.
import { readDatabase, readSeededStock } from './database.ts';
import { readMailbox } from './mailbox.ts';
import { readProviders } from './providers.ts';
import { writeSealed } from './sealed-file.ts';
import { readShoppers } from './shoppers.ts';

export interface LedgerSources {
  readonly evidenceDir: string;
  /** NDJSON of ShopperRecord; several when each phase wrote its own. */
  readonly shopperFiles: readonly string[];
  readonly labControlUrl: string;
  readonly ownerUrl: string;
  readonly mailboxFile: string;
  nowMs(): number;
}

/** Before the load: stock is only known to be oversold against what there was. */
export async function collectSeededStock(
  sources: Pick<LedgerSources, 'evidenceDir' | 'ownerUrl' | 'nowMs'>,
): Promise<void> {
  const rows = await readSeededStock(sources.ownerUrl);
  await writeSealed(sources.evidenceDir, 'seeded-stock', rows, sources.nowMs());
}

/** After the load has ended and the queues are drained. Returns how many rows each ledger has. */
export async function collectLedgers(sources: LedgerSources) {
  const { evidenceDir, nowMs } = sources;
  const shoppers = (await Promise.all(sources.shopperFiles.map(readShoppers))).flat();
  const ledgers = {
    shoppers,
    providers: await readProviders(sources.labControlUrl),
    database: await readDatabase(sources.ownerUrl),
    mailbox: await readMailbox(sources.mailboxFile),
  };
  for (const [name, rows] of Object.entries(ledgers) as [keyof typeof ledgers, object[]][])
    await writeSealed(evidenceDir, name, rows, nowMs());
  return Object.fromEntries(Object.entries(ledgers).map(([name, rows]) => [name, rows.length])) as Readonly<
    Record<keyof typeof ledgers, number>
  >;
}
