// What the figures of a crash proof mean. Pure: facts in, checks out.
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import type { ShopperRecord } from '../../loadtests/shopper-record.ts';
import type { QueueFacts } from '../facts.ts';
import { deadLetterCheck } from '../run-checks.ts';
import type { Try } from './insist.ts';
import { proved } from './proof.ts';

/** Every order is final so long after everything is back. */
export const finalWithinSeconds = 60;

export function settledChecks(queues: QueueFacts): CheckResult[] {
  const left = Object.entries(queues.left).filter(([name, count]) => count > 0 && name !== 'dead letters');
  const waited = `${queues.waited_seconds.toFixed(0)} s after the recovery`;
  return [
    proved(
      'final-in-time',
      queues.drained,
      queues.drained
        ? `every order was final and every queue empty ${waited}`
        : `${waited} there were still ${left.map(([name, count]) => `${count} ${name}`).join(', ')}`,
      Math.round(queues.waited_seconds),
      finalWithinSeconds,
      'objective',
    ),
    deadLetterCheck(queues),
  ];
}

/** A proof without enough orders under way proves nothing. */
export function loadCheck(placed: number, atLeast: number): CheckResult {
  return proved(
    'load-sufficient',
    placed >= atLeast,
    `${placed} orders were placed meanwhile, ${atLeast} are needed`,
    placed,
    atLeast,
    'evidence',
  );
}

/** Who came and never heard what became of the order cannot be served by any ledger. */
export function toldCheck(
  shoppers: number,
  records: readonly Pick<ShopperRecord, 'session' | 'outcome'>[],
): CheckResult {
  const definite = records.filter(
    ({ outcome }) => !['unknown', 'error', 'overloaded', 'in_flight'].includes(outcome),
  );
  const told = new Set(definite.map(({ session }) => session)).size;
  const detail = `${told} of ${shoppers} shoppers were told what became of their order`;
  return proved('everybody-was-told', told === shoppers, detail, told, shoppers, 'objective');
}

export const isFailure = (one: Try) => ['unknown', 'error', 'overloaded'].includes(one.outcome);

export interface Outage {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** Failures that no moment of the outage, or of the grace after it, explains. */
export function failuresOutside(tries: readonly Try[], { from_ms, to_ms }: Outage, graceMs: number): Try[] {
  return tries.filter(
    (one) => isFailure(one) && (one.answered_ms < from_ms || one.sent_ms > to_ms + graceMs),
  );
}

export function failuresDuring(tries: readonly Try[], { from_ms, to_ms }: Outage): Try[] {
  return tries.filter((one) => isFailure(one) && one.answered_ms >= from_ms && one.sent_ms <= to_ms);
}

export const placedDuring = (tries: readonly Try[], { from_ms, to_ms }: Outage) =>
  tries.filter((one) => one.outcome === 'placed' && one.sent_ms >= from_ms && one.answered_ms <= to_ms)
    .length;

export interface DoubleSubmits {
  readonly shoppers: number;
  readonly orders: number;
  readonly charges: number;
  readonly told_the_same: number;
}

export function doubleSubmitChecks({
  shoppers,
  orders,
  charges,
  told_the_same,
}: DoubleSubmits): CheckResult[] {
  // More than one each must never be. Fewer is a shopper who was not served, and that may be the machine's doing.
  const exactly = (check: string, count: number, what: string) =>
    proved(
      check,
      count === shoppers,
      `${shoppers} double submits: ${count} ${what}`,
      count,
      shoppers,
      count > shoppers ? 'invariant' : 'objective',
    );
  return [
    exactly('double-submit-orders', orders, 'orders'),
    exactly('double-submit-charges', charges, 'charges at the providers'),
    exactly('double-submit-answers', told_the_same, 'pairs were told of the same order'),
  ];
}

export interface LastUnitsFigures {
  readonly buyers: number;
  readonly units: number;
  readonly sold: number;
  readonly sold_out: number;
  /** Presses that were told of a failure of ours. */
  readonly failures: number;
}

export function lastUnitsChecks({
  buyers,
  units,
  sold,
  sold_out,
  failures,
}: LastUnitsFigures): CheckResult[] {
  const refused = buyers - units;
  return [
    proved('last-units-sold', sold === units, `${sold} of ${units} units were sold`, sold, units),
    proved(
      'last-units-refused',
      sold_out === refused,
      `${sold_out} of the other ${refused} were told that it is sold out`,
      sold_out,
      refused,
    ),
    proved('last-units-no-failure', failures === 0, `${failures} presses failed on our side`, failures, 0),
  ];
}
