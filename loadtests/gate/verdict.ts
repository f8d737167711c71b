// From checks to one verdict and one exit code. Pure. The precedence is DESIGN's: a broken invariant is no-go whatever
// else happened; then an invalid run; then missing evidence; then a missed objective or detection; then what could not be
// decided: a figure on its boundary, or a game day that an unhealthy shop never let begin, does not hide a proven miss
// beside it, and is never green by itself. So a broken shop is
// red on any machine, and a slow machine is never red.

export type CheckKind = 'invariant' | 'validity' | 'evidence' | 'objective' | 'detection' | 'game-day';
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

// A figure that is there but undecided; everything else unknown is data that is not there.
const canBeUndecided: ReadonlySet<CheckKind> = new Set<CheckKind>(['objective', 'detection', 'game-day']);

/** `kind: 'validity'` failing = the run itself is not to be trusted; any `unknown` = no data, which is never green. */
export function judge(checks: readonly CheckResult[]): Judgement {
  const failed = (kind: CheckKind) => checks.filter((c) => c.kind === kind && c.status === 'fail');
  const unknown = (undecided: boolean) =>
    checks.filter((c) => c.status === 'unknown' && canBeUndecided.has(c.kind) === undecided);
  const ranked: readonly (readonly [Verdict, readonly CheckResult[]])[] = [
    ['no-go', failed('invariant')],
    ['invalid', failed('validity')],
    ['inconclusive', [...failed('evidence'), ...unknown(false)]],
    ['no-go', [...failed('objective'), ...failed('detection')]],
    ['inconclusive', [...failed('game-day'), ...unknown(true)]],
  ];
  const verdict = ranked.find(([, reasons]) => reasons.length > 0)?.[0] ?? 'go';
  return { verdict, exitCode: exitCodes[verdict], reasons: ranked.flatMap(([, reasons]) => reasons) };
}
