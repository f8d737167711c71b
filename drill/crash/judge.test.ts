// Each check of a crash proof, green on what it must let pass and red on what it is there for.
import { describe, expect, test } from 'vitest';
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import type { Try } from './insist.ts';
import {
  doubleSubmitChecks,
  failuresDuring,
  failuresOutside,
  lastUnitsChecks,
  loadCheck,
  placedDuring,
  settledChecks,
  toldCheck,
} from './judge.ts';
import { distinctMails } from './ledgers.ts';

const failed = (checks: readonly CheckResult[]) =>
  checks.filter(({ status }) => status !== 'pass').map(({ check }) => check);
const nothing = { 'orders pending': 0, 'jobs in notifications': 0, 'dead letters': 0 };

describe('settled', () => {
  test('in time with nothing left is what it must be', () => {
    expect(failed(settledChecks({ waited_seconds: 12, drained: true, left: nothing }))).toEqual([]);
  });

  test('an order that is still not final when the time is up is named', () => {
    const checks = settledChecks({
      waited_seconds: 60,
      drained: false,
      left: { ...nothing, 'orders pending': 2 },
    });
    expect(failed(checks)).toEqual(['final-in-time']);
    expect(checks[0]!.detail).toContain('2 orders pending');
  });

  test('a job that was given up is a dead letter, however empty the queues are', () => {
    const left = { ...nothing, 'dead letters': 1 };
    expect(failed(settledChecks({ waited_seconds: 3, drained: true, left }))).toEqual(['dead-letter-left']);
  });
});

describe('what was told around an outage from 10 s to 20 s', () => {
  const outage = { from_ms: 10_000, to_ms: 20_000 };
  const press = (sent_ms: number, outcome: Try['outcome'] = 'error'): Try => ({
    sent_ms,
    answered_ms: sent_ms + 500,
    outcome,
  });

  test('a failure that overlaps it is the outage, one before or long after it is not', () => {
    const [before, into, within, grace, after] = [9_000, 9_800, 15_000, 22_000, 26_000].map((at) =>
      press(at),
    );
    const tries = [before!, into!, within!, grace!, after!];
    expect(failuresOutside(tries, outage, 5_000)).toEqual([before, after]);
    expect(failuresDuring(tries, outage)).toEqual([into, within]);
  });

  test('declined and sold out are answers, no answer and overloaded are failures', () => {
    const told = (['declined', 'sold_out', 'placed', 'unknown', 'overloaded'] as const).map((o) =>
      press(1_000, o),
    );
    expect(failuresOutside(told, outage, 0).map(({ outcome }) => outcome)).toEqual(['unknown', 'overloaded']);
  });

  test('an order counts as placed meanwhile when all of it happened meanwhile', () => {
    expect(
      placedDuring([press(9_800, 'placed'), press(12_000, 'placed'), press(19_900, 'placed')], outage),
    ).toBe(1);
  });
});

test('a proof without orders under way proves nothing', () => {
  expect(failed([loadCheck(9, 10)])).toEqual(['load-sufficient']);
  expect(failed([loadCheck(10, 10)])).toEqual([]);
});

test('a shopper who never heard what became of the order is missed, one of two presses is enough to know', () => {
  const told = (session: number, outcome: Try['outcome']) => ({ session, outcome });
  expect(failed([toldCheck(2, [told(0, 'placed'), told(1, 'in_flight'), told(1, 'declined')])])).toEqual([]);
  expect(failed([toldCheck(2, [told(0, 'placed'), told(1, 'unknown')])])).toEqual(['everybody-was-told']);
  expect(failed([toldCheck(2, [told(0, 'placed')])])).toEqual(['everybody-was-told']);
});

test('a mail sent again under its own Message-ID is one mail, under another it is two', () => {
  const mail = { order_id: 'o_1', message_id: '<1@shop>', recipient_sha256: 'a', received_ms: 1 };
  const again = { ...mail, received_ms: 2 };
  expect(distinctMails([mail, again])).toEqual({ mails: [mail], sentAgain: 1 });
  const other = { ...mail, message_id: '<2@shop>' };
  expect(distinctMails([mail, other]).mails).toHaveLength(2);
});

test.each([
  [{}, []],
  [{ orders: 501 }, ['double-submit-orders']],
  [{ charges: 600 }, ['double-submit-charges']],
  [{ told_the_same: 499 }, ['double-submit-answers']],
] as const)('of 500 double submits with %j the broken checks are %j', (planted, names) => {
  const held = { shoppers: 500, orders: 500, charges: 500, told_the_same: 500 };
  expect(failed(doubleSubmitChecks({ ...held, ...planted }))).toEqual(names);
});

test.each([
  [{}, []],
  [{ sold: 101, sold_out: 1_899 }, ['last-units-sold', 'last-units-refused']],
  [{ sold: 99 }, ['last-units-sold']],
  [{ failures: 1 }, ['last-units-no-failure']],
] as const)('of 2,000 buyers for 100 units with %j the broken checks are %j', (planted, names) => {
  const held = { buyers: 2_000, units: 100, sold: 100, sold_out: 1_900, failures: 0 };
  expect(failed(lastUnitsChecks({ ...held, ...planted }))).toEqual(names);
});
