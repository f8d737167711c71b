// From checks to one verdict and one exit code. Pure. The precedence is DESIGN's: a broken invariant is no-go whatever
// else happened; then an invalid run; then missing evidence; then a missed objective or detection. So a broken shop is
// red on any machine, and a slow machine is never red.

export type CheckKind = 'invariant' | 'validity' | 'evidence' | 'objective' | 'detection';
export type CheckStatus = 'pass' | 'fail' | 'unknown';
export type Verdict = 'go' | 'no-go' | 'inconclusive' | 'invalid';

export interface CheckResult {
  /** A name from the closed list in drill/checks.ts. */
  readonly check: string;
  readonly kind: CheckKind;
  readonly status: CheckStatus;
  /** One sentence a person can act on. */
  readonly detail: string;
  readonly observed?: number | string;
  readonly required?: number | string;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly exitCode: 0 | 1 | 3 | 4;
  /** What decided it, most important first; empty for go. */
  readonly reasons: readonly CheckResult[];
}

const exitCodes = { go: 0, 'no-go': 1, inconclusive: 3, invalid: 4 } as const satisfies Record<
  Verdict,
  number
>;

/** `kind: 'validity'` failing = the run itself is not to be trusted; any `unknown` = no data, which is never green. */
export function judge(checks: readonly CheckResult[]): Judgement {
  const failed = (kind: CheckKind) => checks.filter((c) => c.kind === kind && c.status === 'fail');
  const unknown = checks.filter((c) => c.status === 'unknown');
  const broken = failed('invariant');
  const invalid = failed('validity');
  const missing = [...failed('evidence'), ...unknown];
  const missed = [...failed('objective'), ...failed('detection')];
  const reasons = [...broken, ...invalid, ...missing, ...missed];
  const verdict: Verdict =
    broken.length > 0
      ? 'no-go'
      : invalid.length > 0
        ? 'invalid'
        : missing.length > 0
          ? 'inconclusive'
          : missed.length > 0
            ? 'no-go'
            : 'go';
  return { verdict, exitCode: exitCodes[verdict], reasons };
}
