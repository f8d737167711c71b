// `headroom gate`: may this be released? Judges the evidence of a drill again, under a release owner's policy.
import { type CheckResult, judge, type Judgement } from '../loadtests/gate/verdict.ts';
import type { Manifest } from './evidence.ts';
import { runFacts } from './facts.ts';
import { judgeEvidence } from './judge.ts';
import { defaultPolicyFile, limitsOf, type Policy, readPolicy } from './policy.ts';
import { renderSummary } from './report/summary.ts';
import { examineSeals } from './trust.ts';
import { type VerdictFile, verdictSchemaVersion } from './verdict-file.ts';

export interface GateOptions {
  readonly dir: string;
  readonly policyFile?: string | undefined;
  readonly nowMs?: number;
  readonly ledgerFile?: string;
}
export interface GateResult extends Judgement {
  readonly verdictFile: VerdictFile;
  /** Markdown, fit for a CI step summary. */
  readonly summary: string;
  readonly message: string;
}

export async function gateEvidence(options: GateOptions): Promise<GateResult> {
  const { dir, policyFile, nowMs = Date.now(), ledgerFile } = options;
  const policy = await readPolicy(policyFile ?? defaultPolicyFile);
  const { sealed, problems } = await examineSeals(dir, ledgerFile);
  const found = problems.length > 0 ? untrusted(sealed, problems) : await judged(dir, policy, nowMs);
  const judgement = judge(found.checks);
  const verdictFile: VerdictFile = {
    ...found,
    verdict: judgement.verdict,
    exit_code: judgement.exitCode,
    reasons: judgement.reasons,
  };
  const first = judgement.reasons[0];
  return {
    ...judgement,
    verdictFile,
    summary: renderSummary(verdictFile, [`Policy: ${policyFile ?? 'default'}.`]),
    message: `${verdictFile.run_id}: ${judgement.verdict}${first === undefined ? '' : `, ${first.check}: ${first.detail}`}`,
  };
}

type Found = Omit<VerdictFile, 'verdict' | 'exit_code' | 'reasons'>;

async function judged(dir: string, policy: Policy, nowMs: number): Promise<Found> {
  const { verdict, run } = await judgeEvidence(dir, limitsOf(policy));
  return { ...verdict, checks: [...policyFindings(policy, verdict, run.ended_ms, nowMs), ...verdict.checks] };
}

// Evidence that was touched is a broken ledger of its own: nothing in it is read, let alone believed.
function untrusted(sealed: Manifest, problems: readonly string[]): Found {
  const { mode, sabotage } = runFacts
    .pick({ mode: true, sabotage: true })
    .catch({ mode: 'default', sabotage: null })
    .parse(sealed.options);
  return {
    schema: verdictSchemaVersion,
    run_id: sealed.run_id,
    ...{ mode, sabotage },
    checks: problems.map((detail) => ({
      ...{ check: 'evidence-sealed', kind: 'invariant', status: 'fail', detail },
    })),
    load: { recorded_peak_orders_per_minute: 0, replayed_peak_orders_per_minute: 0, times_recorded: 0 },
    ...{ phases_completed: [], alerts: [], false_alarms: [], experiments: [] },
  };
}

/** What a policy asks beyond the drill's own checks; only what is not fulfilled. Names carry the field of the policy. */
function policyFindings(policy: Policy, verdict: VerdictFile, endedMs: number, nowMs: number): CheckResult[] {
  const findings: CheckResult[] = [];
  const missing = (field: string, detail: string) =>
    findings.push({ check: `policy-${field}`, kind: 'evidence', status: 'fail', detail });
  const peak = verdict.load.replayed_peak_orders_per_minute;
  const wanted = policy.minimum_peak_orders_per_minute ?? 0;
  if (peak < wanted)
    missing(
      'minimum-peak',
      `the policy asks for ${wanted} orders/min, the run reached ${peak.toFixed(0)}; raise --peak or --scale`,
    );
  const ageHours = (nowMs - endedMs) / 3_600_000;
  if (ageHours > (policy.maximum_age_hours ?? Number.POSITIVE_INFINITY))
    missing(
      'maximum-age',
      `the evidence is ${ageHours.toFixed(0)} h old, ${policy.maximum_age_hours} h are allowed`,
    );
  if (policy.mode === 'default' && verdict.mode !== 'default')
    missing('mode', `the policy asks for a default drill, this was a ${verdict.mode} one`);
  if (verdict.sabotage !== null)
    missing(
      'sabotage',
      `the run was sabotaged on purpose (${verdict.sabotage}): it proves the drill, not the shop`,
    );
  if (verdict.primed !== undefined)
    missing(
      'primed',
      `the history was primed for ${verdict.primed}: it proves that alert, not the shop; run headroom drill without --primed`,
    );
  for (const ledger of policy.ledgers) {
    const check = verdict.checks.find((result) => result.check === `ledger-${ledger}`);
    if (check === undefined) missing('ledgers', `the ledger ${ledger} was not compared`);
  }
  return findings;
}
