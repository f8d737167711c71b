import { describe, expect, test } from 'vitest';
import { type CheckKind, type CheckResult, type CheckStatus, judge } from './verdict.ts';

const check = (kind: CheckKind, status: CheckStatus): CheckResult => ({
  check: `${kind} ${status}`,
  kind,
  status,
  detail: '',
});
const decided = (...checks: CheckResult[]) => {
  const { verdict, exitCode, reasons } = judge(checks);
  return [verdict, exitCode, reasons[0]?.check ?? null];
};

describe('the precedence of a verdict', () => {
  const brokenPromise = check('invariant', 'fail');
  const invalid = check('validity', 'fail');
  const missing = check('evidence', 'fail');
  const noData = check('invariant', 'unknown');
  const missed = check('objective', 'fail');
  const undecided = check('objective', 'unknown');
  const noGameDay = check('game-day', 'fail');

  test('nothing wrong is go', () => {
    expect(decided(check('objective', 'pass'))).toEqual(['go', 0, null]);
  });

  test('a broken invariant is no-go whatever else happened', () => {
    expect(decided(invalid, missing, noData, missed, brokenPromise)).toEqual(['no-go', 1, 'invariant fail']);
  });

  test('an invalid run says nothing about the shop', () => {
    expect(decided(missing, missed, invalid)).toEqual(['invalid', 4, 'validity fail']);
  });

  test('missing evidence comes before a missed objective', () => {
    expect(decided(missed, missing)).toEqual(['inconclusive', 3, 'evidence fail']);
    expect(decided(missed, noData)).toEqual(['inconclusive', 3, 'invariant unknown']);
  });

  test('a proven miss is no-go beside a figure on its boundary and a game day that never began', () => {
    expect(decided(undecided, noGameDay, missed)).toEqual(['no-go', 1, 'objective fail']);
  });

  test('what could not be decided is never green by itself', () => {
    expect(decided(undecided)).toEqual(['inconclusive', 3, 'objective unknown']);
    expect(decided(noGameDay)).toEqual(['inconclusive', 3, 'game-day fail']);
    expect(decided(check('detection', 'unknown'))).toEqual(['inconclusive', 3, 'detection unknown']);
  });
});
