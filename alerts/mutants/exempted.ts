// Mutants that no proof can tell from the rule, each with its reason. One that matches nothing any more is an error.
import { budgetExhausted } from '../budget-alerts.ts';
import { isAlert } from '../rules.ts';
import type { Mutant } from './mutate.ts';

interface Exemption {
  readonly what: string;
  readonly reason: string;
  readonly matches: (mutant: Mutant) => boolean;
}

const aggregating = new Set(['sum', 'rate', 'increase']);
const strictness = new Set(['> >=', '>= >', '< <=', '<= <']);

export const exemptions: readonly Exemption[] = [
  {
    what: 'the `slo` matcher of one recorded series that is dropped, where another of the same rule still names the objective',
    reason: 'equivalent: vector matching pairs only series whose labels are equal',
    matches: ({ kind, rule, from, to }) =>
      kind === 'matcher' &&
      /^slo="[^"]+"$/.test(from) &&
      to === 'slo=~".*"' &&
      rule.expr.split(from).length > 2,
  },
  {
    what: '`>` against `>=` where a share or a rate is compared',
    reason:
      'they differ only when a float equals the limit to its last digit, which Prometheus’ own rounding decides; the proofs refuse such traffic',
    matches: ({ kind, rule, proof, from, to }) =>
      kind === 'operator' &&
      strictness.has(`${from} ${to}`) &&
      isAlert(rule) &&
      (proof.alert.labels.burn_tier !== undefined ||
        rule.alert === budgetExhausted ||
        rule.expr.includes('increase(')),
  },
  {
    what: 'clamp_min(…, 0) that becomes clamp_min(…, -1)',
    reason: 'equivalent: the difference of two counters is below 0 by rounding only, never by 1',
    matches: ({ kind, rule, from, to }) =>
      kind === 'number' && from === '0' && to === '-1' && rule.expr.startsWith('clamp_min('),
  },
  {
    what: 'the window, a matcher or the function of the total behind `or 0 *`',
    reason: 'equivalent: whatever it counts is multiplied by 0',
    matches: ({ kind, rule, from, at }) =>
      (kind === 'window' || kind === 'matcher' || aggregating.has(from)) &&
      at > 0 &&
      rule.expr.lastIndexOf(' or 0 * ', at) >= 0,
  },
  {
    what: '`sum` and `increase` of what is only asked to be any, and not told',
    reason: 'equivalent: of what is never below 0 the sum, the largest and the rate are above 0 together',
    matches: ({ kind, rule, from, at }) =>
      kind === 'operator' &&
      (from === 'sum' || from === 'increase') &&
      isAlert(rule) &&
      (/unless on \(\w+\) $/.test(rule.expr.slice(0, rule.expr.lastIndexOf('sum', at))) ||
        (/^sum .*\) > 0$/.test(rule.expr) && !rule.annotations.description.includes('$value'))),
  },
  {
    what: 'what is summed inside absent()',
    reason: 'equivalent: it asks whether there is any, and not how much',
    matches: ({ kind, rule, from, at }) =>
      kind === 'operator' && from === 'sum' && rule.expr.slice(0, at).endsWith('absent('),
  },
  {
    what: 'the number inside vector() of the Watchdog',
    reason: 'equivalent: it fires whatever the number is, and does not show it',
    matches: ({ kind, rule }) => kind === 'number' && isAlert(rule) && rule.alert === 'Watchdog',
  },
];

export const exemptionOf = (mutant: Mutant): Exemption | undefined =>
  exemptions.find(({ matches }) => matches(mutant));

export interface Exempted {
  readonly what: string;
  readonly reason: string;
  readonly mutants: readonly string[];
}

/** A mutant counts for the first exemption that matches it. */
export const exemptedAmong = (some: readonly Exemption[], mutants: readonly Mutant[]): Exempted[] =>
  some.map((exemption) => ({
    what: exemption.what,
    reason: exemption.reason,
    mutants: mutants
      .filter((mutant) => some.find(({ matches }) => matches(mutant)) === exemption)
      .map(({ id }) => id),
  }));
