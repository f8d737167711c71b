// Puts a sabotage in its place: SQL as the owner, latency in the lab, an edited copy of a file. Never the shop's code.
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { dashboardUids } from '../alerts/links.ts';
import type { Journal } from '../chaos/engine/journal.ts';
import { providerEffect } from '../chaos/faults/provider.ts';
import { judgeLedgers } from '../chaos/ledgers/compare.ts';
import { doctorLedger } from '../chaos/ledgers/doctor.ts';
import { ledgerCheckOf, toChecks } from '../chaos/ledgers/finding.ts';
import { ledgerNames } from '../chaos/ledgers/rows.ts';
import { ledgersFolder } from '../chaos/ledgers/sealed-file.ts';
import { generatedDirectory } from '../dashboards/generate.ts';
import { dashboardFile, dashboardsFolder, writeWhole } from './evidence.ts';
import type { Sabotage } from './sabotage/sabotage.ts';

export async function plantSql(ownerUrl: string, statements: readonly string[]): Promise<void> {
  const sql = postgres(ownerUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await sql.begin(async (tx) => {
      for (const statement of statements) await tx.unsafe(statement);
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** A copy of `from` at `to`, edited when there is something to edit. */
export async function placeCopy(
  from: string,
  to: string,
  edit: ((text: string) => string) | undefined,
): Promise<string> {
  const text = await readFile(from, 'utf8');
  await writeWhole(to, edit === undefined ? text : edit(text));
  return to;
}

/** The dashboards of this run; a sabotage edits the checkout overview. */
export async function placeDashboards(dir: string, sabotage: Sabotage | null): Promise<void> {
  await mkdir(join(dir, dashboardsFolder));
  for (const uid of Object.values(dashboardUids)) {
    const edit = uid === dashboardUids.checkout ? sabotage?.editDashboard : undefined;
    await placeCopy(join(generatedDirectory, `${uid}.json`), join(dir, dashboardFile(uid)), edit);
  }
}

/** Starts the sabotage's own faults; the result ends them, once. What it cannot end is left to the journal and the lease. */
export async function plantFaults(
  sabotage: Sabotage | null,
  options: {
    readonly controlUrl: string;
    readonly runId: string;
    readonly seed: number;
    readonly journal: Journal;
  },
): Promise<() => Promise<void>> {
  const { journal, ...lab } = options;
  const effects = (sabotage?.faults ?? []).map((fault) => providerEffect(fault, lab));
  for (const effect of effects) {
    const { sentence, undo } = effect.plan();
    await journal.write(options.runId, { kind: 'undo', undo, sentence });
    await effect.apply();
  }
  let live = effects;
  return async () => {
    const ending = live;
    live = [];
    for (const effect of ending) {
      await effect.undo();
      await journal.write(options.runId, { kind: 'undone', fault_id: effect.plan().undo.fault_id });
    }
  };
}

export interface DoctoredLedger {
  readonly ledger: string;
  readonly row: number;
  /** Whether this ledger, and no other, was named. */
  readonly named: boolean;
  readonly detail: string;
}

/** Changes one row of each ledger in a scratch copy and looks whether it is named; then the last one in the evidence itself. */
export async function doctorEach(dir: string): Promise<DoctoredLedger[]> {
  const results: DoctoredLedger[] = [];
  for (const ledger of ledgerNames) {
    const scratch = await mkdtemp(join(tmpdir(), 'headroom-doctored-'));
    try {
      await cp(ledgersFolder(dir), ledgersFolder(scratch), { recursive: true });
      const row = await doctorLedger(scratch, ledger);
      const failed = toChecks(await judgeLedgers(scratch)).filter((check) => check.status === 'fail');
      const named = failed.length === 1 && failed[0]!.check === ledgerCheckOf(ledger);
      results.push({ ledger, row, named, detail: failed.map((check) => check.detail).join('; ') });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  // Only a comparison that names every ledger may end as this sabotage has to.
  if (results.every((result) => result.named)) await doctorLedger(dir, ledgerNames.at(-1)!);
  return results;
}
