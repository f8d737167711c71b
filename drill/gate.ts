// `headroom gate`: may this be released? Judges the evidence of a drill again, under a release owner's policy.
import { type CheckResult, judge, type Judgement } from '../loadtests/gate/verdict.ts';
import { brokenSeals } from './evidence.ts';
import { judgeEvidence } from './judge.ts';
import { defaultPolicyFile, limitsOf, type Policy, readPolicy } from './policy.ts';
import { renderSummary } from './report/summary.ts';
import type { VerdictFile } from './verdict-file.ts';
import { readSeal } from './verify.ts';

export interface GateOptions {
  readonly dir: string;
  readonly policyFile?: string | undefined;
  readonly nowMs?: number;
}
export interface GateResult extends Judgement {
  readonly verdictFile: VerdictFile;
  /** Markdown, fit for a CI step summary. */
  readonly summary: string;
  readonly message: string;
}

export async function gateEvidence({
  dir,
  policyFile,
  nowMs = Date.now(),
}: GateOptions): Promise<GateResult> {
  const policy = await readPolicy(policyFile ?? defaultPolicyFile);
  const seals = await brokenSeals(dir, await readSeal(dir));
  const model = await judgeEvidence(dir, limitsOf(policy));
  const asked = [
    ...seals.map((problem) => broken(problem)),
    ...policyFindings(policy, model.verdict, model.run.ended_ms, nowMs),
  ];
  const judged = judge([...asked, ...model.verdict.checks]);
  const verdictFile: VerdictFile = {
    ...model.verdict,
    verdict: judged.verdict,
    exit_code: judged.exitCode,
    reasons: judged.reasons,
    checks: [...asked, ...model.verdict.checks],
  };
  const first = judged.reasons[0];
  return {
    ...judged,
    verdictFile,
    summary: renderSummary(verdictFile, [`Policy: ${policyFile ?? 'default'}.`]),
    message: `${verdictFile.run_id}: ${judged.verdict}${first === undefined ? '' : `, ${first.check}: ${first.detail}`}`,
  };
}

// Evidence that was touched is a broken ledger of its own: nothing in it may be believed.
const broken = (detail: string): CheckResult => ({
  check: 'evidence-sealed',
  kind: 'invariant',
  status: 'fail',
  detail,
});

/** What a policy asks beyond the drill's own checks; only what is not fulfilled. Names carry the field of the policy. */
export function policyFindings(
  policy: Policy,
  verdict: VerdictFile,
  endedMs: number,
  nowMs: number,
): CheckResult[] {
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
  for (const ledger of policy.ledgers) {
    const check = verdict.checks.find((result) => result.check === `ledger-${ledger}`);
    if (check === undefined) missing('ledgers', `the ledger ${ledger} was not compared`);
  }
  return findings;
}
