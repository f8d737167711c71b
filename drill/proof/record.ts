// What the commands that prove something leave behind: one line a command in .headroom/proofs.ndjson. The drill leaves
// its evidence folder instead.
import { join } from 'node:path';
import { z } from 'zod';
import type { Hunt } from '../../alerts/mutants/hunt.ts';
import type { Proven } from '../../alerts/proofs/prove.ts';
import { type AlertProof, proofName } from '../../alerts/proofs/suite.ts';
import { openAppendLog, readRows } from '../../chaos/append-log.ts';
import { queriesOf } from '../../dashboards/board.ts';
import { boards } from '../../dashboards/boards.ts';
import type { Checked } from '../../dashboards/check.ts';
import { isDefect } from '../../dashboards/live-check.ts';
import { dashboardUids } from '../../alerts/links.ts';
import { stateDirectory } from '../../stack/places.ts';
import { UsageError } from '../../stack/usage-error.ts';
import { gitState } from '../git-state.ts';
import { fingerprintsNow, sha256 } from './fingerprints.ts';
import type { RunbookAnswer } from './read-runbooks.ts';

export const proofRecords = (directory = stateDirectory()) => join(directory, 'proofs.ndjson');

const proofRecord = z.object({
  schema: z.literal(1),
  command: z.enum([
    ...(['alerts prove', 'alerts mutate', 'dashboards check'] as const),
    // Tests, which have what these need: facts to plant in, a database, a running shop.
    ...(['test of the judge', 'test of runbook SQL', 'test of runbook commands'] as const),
  ]),
  at: z.iso.datetime(),
  git: z.object({ sha: z.string(), dirty: z.boolean() }),
  subjects: z.array(
    z.object({
      kind: z.enum(['alert', 'query', 'runbook', 'check']),
      name: z.string(),
      /** Of what it said when it was looked at. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      outcome: z.enum(['proven', 'failed', 'idle']),
      detail: z.string(),
    }),
  ),
});
export type ProofRecord = z.infer<typeof proofRecord>;
export type Proved = ProofRecord['subjects'][number];

const held = (yes: boolean) => (yes ? 'proven' : 'failed');

export function provedByPromtool({ alerts, failures }: Proven, runbooks: readonly RunbookAnswer[]): Proved[] {
  const hashes = fingerprintsNow();
  // The file of a proof is the alert's name and its step.
  const failed = new Set(failures.map(({ name }) => name.slice(0, name.lastIndexOf('.'))));
  return [
    ...alerts.map(
      ({ name, cases, checks }): Proved => ({
        ...{ kind: 'alert', name, sha256: hashes.get(name)!, outcome: held(!failed.has(name)) },
        detail: `${cases} cases, ${checks} questions`,
      }),
    ),
    ...runbooks.map(
      ({ name, text, queries, refused }): Proved => ({
        ...{ kind: 'runbook', name, sha256: sha256(text), outcome: held(refused === null) },
        detail: refused ?? `${queries} queries`,
      }),
    ),
  ];
}

export function provedByMutants(proofs: readonly AlertProof[], { survivors }: Hunt): Proved[] {
  const hashes = fingerprintsNow();
  return proofs.map(proofName).map((name) => {
    const own = survivors.filter((id) => id.startsWith(`${name} · `));
    const detail = own.length === 0 ? 'every mutant caught or exempted' : `${own.length} mutants survive`;
    return { kind: 'alert', name, sha256: hashes.get(name)!, outcome: held(own.length === 0), detail };
  });
}

/** What a test did with everything of its kind; it failed when any of it did. */
export const provedByTest = (
  kind: 'runbook' | 'check',
  name: string,
  text: string,
  results: readonly boolean[],
  what: string,
): Proved => ({
  ...{ kind, name, sha256: sha256(text), outcome: held(results.every(Boolean)) },
  detail: `${results.filter(Boolean).length} of ${results.length} ${what}`,
});

/** A query by its dashboard, its panel and its letter. */
export const queryName = (dashboard: string, { panelId, refId }: { panelId: number; refId: string }) =>
  `${dashboard} ${panelId}${refId}`;

export function provedByCheck({ panels, live }: Checked): Proved[] {
  // Where nothing at all is live nobody was scraped, and that says nothing of a panel.
  if (live === 0) return [];
  const exprs = new Map(
    boards.flatMap((board) =>
      queriesOf(board).map((query) => [queryName(dashboardUids[board.name], query), query.expr]),
    ),
  );
  return panels.map((panel) => {
    const name = queryName(panel.dashboard, panel);
    const outcome = panel.state === 'idle' ? 'idle' : held(!isDefect(panel));
    return { kind: 'query', name, sha256: sha256(exprs.get(name) ?? ''), outcome, detail: panel.detail };
  });
}

export async function recordProof(
  command: ProofRecord['command'],
  subjects: readonly Proved[],
  path = proofRecords(),
): Promise<void> {
  if (subjects.length === 0) return;
  const { log } = await openAppendLog<ProofRecord>(path);
  await log.append({ schema: 1, command, at: new Date().toISOString(), git: await gitState(), subjects });
  await log.close();
}

export async function readProofRecords(path = proofRecords()): Promise<ProofRecord[]> {
  const { rows } = await readRows<unknown>(path).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  return rows.map((row, at) => {
    const read = proofRecord.safeParse(row);
    if (read.success) return read.data;
    const first = read.error.issues[0];
    throw new UsageError(`${path}: line ${at + 1}: ${first?.path.join('.')} ${first?.message}`);
  });
}
