// Every verdict this clone has given, one line a run, and how often each kind of drill ended as it should.
import { join } from 'node:path';
import { openAppendLog, readRows } from '../chaos/append-log.ts';
import { kOfN } from '../loadtests/gate/statistics.ts';

export const verdictLedger = (stateDirectory: string) => join(stateDirectory, 'verdicts.ndjson');

export interface VerdictRow {
  readonly run_id: string;
  readonly at: string;
  readonly mode: string;
  readonly sabotage: string | null;
  readonly primed?: string;
  readonly verdict: string;
  readonly exit_code: number;
  /** Check of reasons[0]; null for go. */
  readonly reason: string | null;
  /** What the drill had to end with: go without sabotage, else the check the sabotage must hit first. */
  readonly expected: string;
  readonly as_expected: boolean;
  /** Ended by somebody before its end: kept, and not counted. */
  readonly ended_early: boolean;
  /** SHA-256 of the manifest: evidence replaced later is not this run's. */
  readonly manifest_sha256: string;
}

export async function appendVerdict(path: string, row: VerdictRow): Promise<void> {
  const { log } = await openAppendLog<VerdictRow>(path);
  await log.append(row);
  await log.close();
}

export const readVerdicts = async (path: string) => (await readRows<VerdictRow>(path)).rows;

/** One line a kind of drill: k of n ended as they should, with the interval that so few runs leave. */
export function tally(rows: readonly VerdictRow[]): string[] {
  const groups = new Map<string, VerdictRow[]>();
  for (const row of rows.filter((row) => !row.ended_early)) {
    const kind = [row.mode, row.primed && `primed ${row.primed}`, row.sabotage ?? 'healthy']
      .filter(Boolean)
      .join(' ');
    groups.set(kind, [...(groups.get(kind) ?? []), row]);
  }
  return [...groups].map(
    ([kind, group]) =>
      `${kind}: ${kOfN(group.filter((row) => row.as_expected).length, group.length)} ended as they should`,
  );
}
