// The drills that may be believed: whole, sealed, and the very folders this clone remembers; or, where it remembers
// none, ones whose verdict follows from their evidence.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dashboardUids } from '../../alerts/links.ts';
import { type Target, targetsOf } from '../../dashboards/targets.ts';
import { isUsageError } from '../../stack/usage-error.ts';
import { dashboardFile, files, readFactRows, readFacts } from '../evidence.ts';
import {
  type AlertDelivery,
  alertDelivery,
  type ExperimentFacts,
  experimentFacts,
  type PanelFacts,
  panelFacts,
  type RunFacts,
  runFacts,
} from '../facts.ts';
import { phasesCheck } from '../run-checks.ts';
import { examineSeals } from '../trust.ts';
import type { VerdictFile } from '../verdict-file.ts';
import type { VerdictRow } from '../verdict-ledger.ts';
import { verifyEvidence } from '../verify.ts';

export interface SeenQuery {
  readonly dashboard: string;
  readonly target: Target;
  readonly facts: PanelFacts;
}

export interface ProvenRun {
  readonly run: RunFacts;
  readonly verdict: VerdictFile;
  readonly experiments: readonly ExperimentFacts[];
  readonly deliveries: readonly AlertDelivery[];
  readonly queries: readonly SeenQuery[];
  /** The rule file that ran; empty where the run did not keep it. */
  readonly rules: string;
}

export interface Runs {
  readonly runs: readonly ProvenRun[];
  readonly ignored: readonly { readonly folder: string; readonly why: string }[];
}

interface Ledger {
  readonly file: string;
  readonly rows: readonly VerdictRow[];
}

/** No folder is no run. */
export async function readRuns(evidence: string, ledger: Ledger): Promise<Runs> {
  const entries = await readdir(evidence, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const runs: ProvenRun[] = [];
  const ignored: { folder: string; why: string }[] = [];
  // `latest` is a link, and leads to one of the others.
  for (const { name: folder } of entries.filter((entry) => entry.isDirectory())) {
    const read = await readRun(join(evidence, folder), ledger).catch((error: unknown) => {
      if (isUsageError(error)) return error.message;
      throw error;
    });
    if (typeof read === 'string') ignored.push({ folder, why: read });
    else runs.push(read);
  }
  return { runs, ignored };
}

/** The run, or why it proves nothing. */
async function readRun(dir: string, { file, rows }: Ledger): Promise<ProvenRun | string> {
  const { sealed, problems } = await examineSeals(dir, file);
  if (problems.length > 0) return problems.join('; ');
  if (!rows.some(({ run_id }) => run_id === sealed.run_id)) {
    const verified = await verifyEvidence(dir, { ledgerFile: file });
    if (verified.kind === 'mismatch') return verified.problems.join('; ');
  }
  const run = (await readFacts(dir, files.run, runFacts))!;
  const phases = phasesCheck(run);
  if (phases.status !== 'pass') return `not a whole run: ${phases.detail}`;
  // Under the seal, and as the judge wrote it.
  const verdict = JSON.parse(await readFile(join(dir, files.verdict), 'utf8')) as VerdictFile;
  // What turned a starved run red is kept; that anything worked in it is not.
  if (verdict.verdict === 'invalid' && run.sabotage === null)
    return 'the run itself is not to be trusted: invalid';
  return {
    ...{ run, verdict },
    experiments: (await readFacts(dir, files.experiments, z.array(experimentFacts))) ?? [],
    deliveries: (await readFactRows(dir, files.alerts, alertDelivery)) ?? [],
    // A primed drill plays one fault: what shows nothing then was not asked to.
    queries: run.primed === undefined ? await seenQueries(dir) : [],
    rules: await textOf(join(dir, 'rules.yml')),
  };
}

const isOf = ({ panelId, refId }: Target, { panel_id, ref_id }: PanelFacts) =>
  panel_id === panelId && ref_id === refId;

/** What was seen of each query, beside the query as it stood in the dashboard that ran. */
async function seenQueries(dir: string): Promise<SeenQuery[]> {
  const seen = (await readFacts(dir, files.panels, z.array(panelFacts))) ?? [];
  const queries: SeenQuery[] = [];
  for (const dashboard of Object.values(dashboardUids)) {
    const text = await textOf(join(dir, dashboardFile(dashboard)));
    if (text === '') continue;
    const targets = targetsOf(JSON.parse(text));
    // Older evidence has no numbers: in the order of the dashboard, after those that it had lost.
    const own = seen.filter((facts) => facts.dashboard === dashboard).slice(-targets.length);
    for (const [at, target] of targets.entries()) {
      const facts = own.find((one) => isOf(target, one)) ?? own[at];
      if (facts?.panel === target.title) queries.push({ dashboard, target, facts });
    }
  }
  return queries;
}

const textOf = (path: string) =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
