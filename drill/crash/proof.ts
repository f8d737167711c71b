// What one crash proof found: its checks and the figures behind them.
import type { CheckKind, CheckResult } from '../../loadtests/gate/verdict.ts';

export interface Proof {
  readonly name: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly checks: readonly CheckResult[];
}

export function proved(
  check: string,
  held: boolean,
  detail: string,
  observed?: number,
  required?: number,
  kind: CheckKind = 'invariant',
): CheckResult {
  return {
    ...{ check, kind, status: held ? 'pass' : 'fail', detail },
    ...(observed === undefined ? {} : { observed }),
    ...(required === undefined ? {} : { required }),
  };
}
