import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { burnTiers } from '../burn-rate.ts';
import { journeys } from '../journeys.ts';
import { renderManifest, renderOpenSlo } from '../render.ts';
import { slos } from '../slos.ts';
import { refuseManifest, refuseOpenSlo } from './published-schemas.ts';

describe('the OpenSLO export', () => {
  const exported = renderOpenSlo();

  test('is OpenSLO v1: each objective with a policy and a condition a tier', () => {
    expect(refuseOpenSlo(exported)).toEqual([]);
    const objectives = slos.length + journeys.length;
    expect(parseAllDocuments(exported)).toHaveLength(3 + objectives * (1 + 2 * burnTiers.length));
  });

  test('every reference in it leads to a document of the right kind', () => {
    const documents = parseAllDocuments(exported).map((one) => one.toJS() as Named);
    const named = new Set(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const led = documents.flatMap(({ spec }) => [
      ...(spec.service === undefined ? [] : [`Service ${spec.service}`]),
      ...(spec.alertPolicies ?? []).map((one) => `AlertPolicy ${one.alertPolicyRef}`),
      ...(spec.conditions ?? []).map((one) => `AlertCondition ${one.conditionRef}`),
      ...(spec.notificationTargets ?? []).map((one) => `AlertNotificationTarget ${one.targetRef}`),
    ]);
    expect(led.length).toBeGreaterThan(100);
    expect(led.filter((reference) => !named.has(reference))).toEqual([]);
  });

  test.each([
    ['a target of all or more', 'target: 0.999', 'target: 1', 'must be < 1'],
    ['a window that does not roll', 'isRolling: true', 'isRolling: false', '/timeWindow/0/isRolling'],
    ['a method of its own', 'Occurrences', 'Guesses', '/budgetingMethod'],
    ['a duration without a unit', 'lookbackWindow: 1h', 'lookbackWindow: 60', '/lookbackWindow'],
    ['a field nobody knows', 'alertAfter: 1m', 'alertAftr: 1m', 'alertAfter'],
  ])('%s is refused', (_, healthy, planted, said) => {
    expect(refuseOpenSlo(exported.replace(healthy, planted)).join('\n')).toContain(said);
  });
});

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly service?: string;
    readonly alertPolicies?: readonly { readonly alertPolicyRef: string }[];
    readonly conditions?: readonly { readonly conditionRef: string }[];
    readonly notificationTargets?: readonly { readonly targetRef: string }[];
  };
}

describe('the PrometheusRule manifest', () => {
  const manifest = renderManifest();

  test('is what the operator accepts', () => {
    expect(refuseManifest(manifest)).toEqual([]);
  });

  test.each([
    ['a duration that is none', 'for: 60s', 'for: a minute', '/for'],
    ['a field nobody knows', 'annotations:', 'anotations:', 'must NOT have additional properties'],
    ['a rule without an expression', 'expr:', 'exprs:', "must have required property 'expr'"],
    ['a label that is no text', 'severity: page', 'severity: 1', '/labels/severity'],
  ])('%s is refused', (_, healthy, planted, said) => {
    expect(refuseManifest(manifest.replace(healthy, planted)).join('\n')).toContain(said);
  });
});
