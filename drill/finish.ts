// From facts to a sealed folder: verdict, report, summary, JUnit, manifest, in this order, and one line in the ledger of
// verdicts.
import { join } from 'node:path';
import { files, nameLatest, seal, writeJson, writeWhole } from './evidence.ts';
import type { RunFacts } from './facts.ts';
import { gitState } from './git-state.ts';
import { judgeEvidence } from './judge.ts';
import { renderJunit } from './report/junit.ts';
import { renderReport } from './report/page.ts';
import { renderSummary } from './report/summary.ts';
import type { Sabotage } from './sabotage/sabotage.ts';
import type { VerdictFile } from './verdict-file.ts';
import { appendVerdict, readVerdicts, tally } from './verdict-ledger.ts';

export interface Finished {
  readonly verdict: VerdictFile;
  readonly summary: string;
  /** k of n by kind of drill. */
  readonly tally: readonly string[];
}

export async function finish(options: {
  readonly dir: string;
  readonly facts: RunFacts;
  readonly sabotage: Sabotage | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly ledgerFile: string;
}): Promise<Finished> {
  const { dir, facts, sabotage } = options;
  const model = await judgeEvidence(dir);
  const { verdict } = model;
  await writeJson(dir, files.verdict, verdict);
  await writeWhole(join(dir, files.report), renderReport(model));
  await writeWhole(join(dir, files.summary), renderSummary(verdict));
  await writeWhole(join(dir, files.junit), renderJunit(verdict, (facts.ended_ms - facts.started_ms) / 1000));
  const manifest_sha256 = await seal(dir, {
    run_id: facts.run_id,
    git: await gitState(),
    versions: { ...options.versions },
    options: {
      mode: facts.mode,
      peak_orders_per_second: facts.peak_orders_per_second,
      scale: facts.scale,
      sabotage: facts.sabotage,
      ...(facts.primed === undefined ? {} : { primed: facts.primed.alert }),
    },
    seed: facts.seed,
    profile_hash: facts.profile.hash,
  });
  await nameLatest(dir);
  const reason = verdict.reasons[0]?.check ?? null;
  const expected = sabotage?.firstReason ?? 'go';
  await appendVerdict(options.ledgerFile, {
    run_id: facts.run_id,
    at: new Date(facts.started_ms).toISOString(),
    mode: facts.mode,
    sabotage: facts.sabotage,
    ...(facts.primed === undefined ? {} : { primed: facts.primed.alert }),
    verdict: verdict.verdict,
    exit_code: verdict.exit_code,
    reason,
    expected,
    as_expected: (reason ?? 'go') === expected && verdict.exit_code === (sabotage?.exitCode ?? 0),
    ended_early: facts.ended_early !== null,
    manifest_sha256,
  });
  return { verdict, summary: renderSummary(verdict), tally: tally(await readVerdicts(options.ledgerFile)) };
}
