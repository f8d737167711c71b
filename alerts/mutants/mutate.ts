// Every small change to an alert's rules that its proofs must notice: each number, window, matcher, comparison and `for`.
import type { AlertRule } from '../alert.ts';
import { secondsIn } from '../live/durations.ts';
import { type Matcher, selectorsOf, type Token, tokensOf } from '../promql-reader.ts';
import { type AlertProof, proofName } from '../proofs/suite.ts';
import { isAlert, type RecordingRule, type RuleGroup } from '../rules.ts';

export type MutantKind = 'number' | 'window' | 'matcher' | 'operator' | 'for';

export interface Mutant {
  /** `<alert> · <rule> · <change>`; two equal changes in one rule are told apart by their place. */
  readonly id: string;
  readonly proof: AlertProof;
  readonly kind: MutantKind;
  readonly rule: AlertRule | RecordingRule;
  /** Where in the expression; -1 for `for`. */
  readonly at: number;
  /** What was there, and what stands there now. */
  readonly from: string;
  readonly to: string;
  readonly groups: readonly RuleGroup[];
}

interface Edit {
  readonly kind: MutantKind;
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

/** Small whole numbers are counts, of which the next one is another; of the rest a tenth is. */
function otherNumbers(text: string): string[] {
  const value = Number(text);
  if (Number.isInteger(value) && value <= 20) return [`${value + 1}`, `${value - 1}`];
  return [1.1, 0.9].map((times) => `${Number((value * times).toPrecision(12))}`);
}

const otherWindows = (text: string): string[] => [`${secondsIn(text) * 2}s`, `${secondsIn(text) / 2}s`];

const otherOperators: Readonly<Record<string, readonly string[]>> = {
  '>': ['>=', '<'],
  '>=': ['>', '<='],
  '<': ['<=', '>'],
  '<=': ['<', '>='],
  and: ['or'],
  or: ['and'],
  unless: ['and'],
  max: ['min'],
  min: ['max'],
  sum: ['max'],
  increase: ['rate'],
  rate: ['increase'],
};

const inMatcher = (matchers: readonly Matcher[], { at }: Token) =>
  matchers.some((matcher) => at >= matcher.at && at < matcher.end);

function tokenEdits(expr: string, matchers: readonly Matcher[]): Edit[] {
  return tokensOf(expr)
    .filter((token) => !inMatcher(matchers, token))
    .flatMap((token): Edit[] => {
      const edit = (kind: MutantKind, others: readonly string[]) =>
        others.map((to) => ({ kind, at: token.at, from: token.text, to }));
      if (token.kind === 'number') return edit('number', otherNumbers(token.text));
      if (token.kind === 'duration') return edit('window', otherWindows(token.text));
      return edit('operator', otherOperators[token.text] ?? []);
    });
}

/** A matcher that is gone, that lets one value less through, or another one. */
function matcherEdits(expr: string, matcher: Matcher): Edit[] {
  const from = expr.slice(matcher.at, matcher.end);
  const to = (values: readonly string[]) =>
    `${matcher.label}${matcher.op}${JSON.stringify(values.join('|'))}`;
  const values = matcher.op === '=~' ? matcher.value.split('|') : [matcher.value];
  const fewer =
    values.length === 1
      ? [to([`${values[0]}-other`])]
      : values.map((gone) => to(values.filter((one) => one !== gone)));
  // An empty matcher lets everything through, with and without the label.
  const gone = `${matcher.label}=~".*"`;
  return [gone, ...fewer].map((text) => ({ kind: 'matcher', at: matcher.at, from, to: text }));
}

interface WaitEdit {
  readonly from: string;
  readonly to: string;
  readonly rule: AlertRule;
}

/** Of how long it waits, and of how long it goes on. */
function waitEdits(rule: AlertRule, proof: AlertProof): WaitEdit[] {
  const others = (now: number) => (now === 0 ? [proof.cases[0]!.stepSeconds] : [0, now * 2]);
  const { forSeconds, keepFiringSeconds: keep } = rule;
  const waits = others(forSeconds).map((other) => ({
    from: `for ${forSeconds}s`,
    to: `for ${other}s`,
    rule: { ...rule, forSeconds: other },
  }));
  if (keep === undefined) return waits;
  const kept = others(keep).map((other) => ({
    from: `keep ${keep}s`,
    to: `keep ${other}s`,
    rule: { ...rule, keepFiringSeconds: other },
  }));
  return [...waits, ...kept];
}

const nameOf = (rule: AlertRule | RecordingRule) => (isAlert(rule) ? rule.alert : rule.record);

const withRule = (
  groups: readonly RuleGroup[],
  rule: AlertRule | RecordingRule,
  changed: AlertRule | RecordingRule,
) => groups.map((group) => ({ ...group, rules: group.rules.map((one) => (one === rule ? changed : one)) }));

export function mutantsOf(proof: AlertProof): Mutant[] {
  const { slo } = proof.alert.labels;
  // A journey's steps are mutated in the proofs of their own alerts.
  const own = proof.groups
    .flatMap(({ rules }) => rules)
    .filter((rule) => isAlert(rule) || rule.labels.slo === slo);
  return own.flatMap((rule) => {
    const name = `${proofName(proof)} · ${nameOf(rule)}`;
    const matchers = selectorsOf(rule.expr).flatMap((selector) => selector.matchers);
    // What a recording sums up is told by one process in the traffic of the objectives: its sum is the largest too.
    const summed = ({ from }: Edit) => isAlert(rule) || from !== 'sum';
    const edits = [
      ...tokenEdits(rule.expr, matchers).filter(summed),
      ...matchers.flatMap((one) => matcherEdits(rule.expr, one)),
    ];
    const changes = edits.map((edit): Mutant => {
      const expr = rule.expr.slice(0, edit.at) + edit.to + rule.expr.slice(edit.at + edit.from.length);
      return {
        id: `${name} · ${edit.from} → ${edit.to} @${edit.at}`,
        proof,
        rule,
        kind: edit.kind,
        at: edit.at,
        from: edit.from,
        to: edit.to,
        groups: withRule(proof.groups, rule, { ...rule, expr }),
      };
    });
    if (!isAlert(rule)) return changes;
    const waits = waitEdits(rule, proof).map(({ from, to, rule: changed }): Mutant => {
      const groups = withRule(proof.groups, rule, changed);
      return { id: `${name} · ${from} → ${to}`, proof, rule, kind: 'for', at: -1, from, to, groups };
    });
    return [...changes, ...waits];
  });
}
