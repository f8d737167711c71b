import { describe, expect, test } from 'vitest';
import { prometheus } from '../../stack/prometheus.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { rangeEdgeOf } from '../prometheus-tools.ts';
import { allProofs } from '../proofs/all-proofs.ts';
import { proofName } from '../proofs/suite.ts';
import { exemptedAmong, exemptionOf, exemptions } from './exempted.ts';
import { hunt, huntText } from './hunt.ts';
import { type MutantKind, mutantsOf } from './mutate.ts';

const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
const proofs = allProofs(await rangeEdgeOf(promtool));
const proofOf = (name: string) => proofs.find((proof) => proofName(proof) === name)!;
const mutants = proofs.flatMap(mutantsOf);

describe('mutants', () => {
  test('every alert has some, of every kind that its rules have parts of, and no two are the same', () => {
    expect(proofs.filter((proof) => mutantsOf(proof).length === 0)).toEqual([]);
    const kindsOf = (name: string) => new Set(mutantsOf(proofOf(name)).map(({ kind }) => kind));
    const every: MutantKind[] = ['number', 'window', 'matcher', 'operator', 'for'];
    expect([...kindsOf('CartBurn.page-slow')].toSorted()).toEqual(every.toSorted());
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  });

  test('each factor, window, threshold and guard of a tier is changed', () => {
    const changed = mutantsOf(proofOf('CheckoutAvailabilityBurn.page-fast')).map(({ from }) => from);
    for (const part of ['0.0144', '10', '1h', '5m', '3600', 'and', '>', '>=', 'for 0s'])
      expect(changed).toContain(part);
  });

  test('an exemption excuses some, and one that excuses nobody is seen', () => {
    const empty = (some: typeof exemptions) =>
      exemptedAmong(some, mutants).filter((one) => one.mutants.length === 0);
    expect(empty(exemptions)).toEqual([]);
    const gone = { what: 'a rule that is gone', reason: 'none', matches: () => false };
    expect(empty([...exemptions, gone])).toMatchObject([{ what: 'a rule that is gone' }]);
  });

  test('that can be told from the rule are never excused: a twice as high threshold, another window, another route', () => {
    const told = mutants.filter(({ kind, rule }) => kind === 'for' || (kind === 'window' && 'alert' in rule));
    expect(told.length).toBeGreaterThan(50);
    expect(told.filter((mutant) => exemptionOf(mutant) !== undefined)).toEqual([]);
  });
});

// All of them by `headroom alerts mutate`; here those of a few small alerts.
describe('the hunt', () => {
  test('catches every mutant of an invariant, a gauge and an absence', async () => {
    const names = ['DoubleCharge', 'UnknownPayments', 'SliMetricAbsent.checkout-availability'];
    const hunted = await hunt(promtool, names.map(proofOf));
    expect(hunted.survivors).toEqual([]);
    expect(hunted.caught).toBeGreaterThan(15);
    expect(huntText(hunted)).toContain(' 0 survive');
  });

  test('names the survivors of a proof that shows too little', async () => {
    const { cases, ...proof } = proofOf('UnknownPayments');
    const thin = { ...proof, cases: [{ ...cases[0]!, checks: cases[0]!.checks.slice(0, 1) }] };
    const hunted = await hunt(promtool, [thin]);
    expect(hunted.survivors.length).toBeGreaterThan(0);
    expect(huntText(hunted)).toContain('no proof takes notice of these');
  });

  test('refuses a mutant that Prometheus cannot read, because every proof fails on it', async () => {
    const proof = proofOf('UnknownPayments');
    const broken = proof.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, expr: `sum( ${rule.expr}` })),
    }));
    await expect(hunt(promtool, [{ ...proof, groups: broken }])).rejects.toThrow('is no rule');
  });
});
