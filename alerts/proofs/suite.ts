// One suite an alert: its rule, the recordings it reads, and the traffic that proves it, as a promtool test file.
import type { AlertRule } from '../alert.ts';
import { namedValues, selectorsOf } from '../promql-reader.ts';
import { ruleGroupDocuments } from '../render.ts';
import { isAlert, type RecordingRule, type RuleGroup } from '../rules.ts';
import { type Samples, notation } from './counters.ts';
import { fill } from './humanize.ts';
import type { Check } from './timeline.ts';

/** What a case shows; every alert must show each, or say why it cannot. */
export const proofKinds = [
  'just below',
  'just above',
  'recovery',
  'zero traffic',
  'one failure at night',
  'first event after a restart',
  'metric gone',
] as const;
export type ProofKind = (typeof proofKinds)[number];

export interface ProofCase {
  readonly name: string;
  readonly shows: readonly ProofKind[];
  readonly stepSeconds: number;
  readonly series: readonly { readonly series: string; readonly samples: Samples }[];
  readonly checks: readonly Check[];
  /** Labels the expression leaves on the alert, beside those of the rule. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What the queries in an annotation answer, by step. */
  readonly answers?: (query: string, step: number) => number | null;
  /** Recorded series that must, or must not, have a sample at a step: a NaN would poison what is built on it. */
  readonly recorded?: readonly {
    readonly step: number;
    readonly expr: string;
    readonly value: number | null;
  }[];
}

export interface AlertProof {
  readonly alert: AlertRule;
  readonly groups: readonly RuleGroup[];
  readonly cases: readonly ProofCase[];
}

/** Its traffic is made when it is asked for: who lists mutants needs the rules alone. */
export function proofOf(
  alert: AlertRule,
  groups: readonly RuleGroup[],
  casesOf: () => readonly ProofCase[],
): AlertProof {
  let cases: readonly ProofCase[] | undefined;
  return {
    alert,
    groups,
    get cases() {
      cases ??= casesOf();
      return cases;
    },
  };
}

export const proofName = ({ alert }: Pick<AlertProof, 'alert'>): string =>
  [
    alert.alert,
    alert.labels.burn_tier ?? (alert.annotations.runbook_url.includes('#') ? alert.labels.slo : ''),
  ]
    .filter((part) => part !== '' && part !== undefined)
    .join('.');

/** The alert's rule with every recording it reads, directly or not, each still in its own group. */
export function groupsFor(
  alert: AlertRule,
  groups: readonly RuleGroup[],
  also: (recording: RecordingRule) => boolean = () => false,
): RuleGroup[] {
  const recordings = groups
    .flatMap((group) => group.rules)
    .filter((rule): rule is RecordingRule => !isAlert(rule));
  const needed = new Set<RecordingRule | AlertRule>([alert, ...recordings.filter(also)]);
  for (const rule of needed)
    for (const read of selectorsOf(rule.expr))
      for (const recording of recordings) {
        if (recording.record !== read.metric) continue;
        const sameLabels = read.matchers.every((matcher) =>
          namedValues(matcher).includes(recording.labels[matcher.label] ?? ''),
        );
        if (sameLabels) needed.add(recording);
      }
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => needed.has(rule)) }))
    .filter((group) => group.rules.length > 0);
}

function expected(alert: AlertRule, proof: ProofCase, { step, value }: Check) {
  if (value === null) return [];
  const labels = { ...proof.labels, ...alert.labels };
  const answer = (query: string) => proof.answers?.(query, step) ?? null;
  const annotations = Object.entries(alert.annotations).map(([name, text]) => [
    name,
    fill(text, labels, value, answer),
  ]);
  return [{ exp_labels: labels, exp_annotations: Object.fromEntries(annotations) as Record<string, string> }];
}

const seconds = (step: number, { stepSeconds }: ProofCase) => `${step * stepSeconds}s`;

/** A mutant is judged by the case of its alert, hundreds of times the same. */
const written = new WeakMap<ProofCase, object>();

function promtoolCase(alert: AlertRule, proof: ProofCase): object {
  const before = written.get(proof);
  if (before !== undefined) return before;
  const document = writeCase(alert, proof);
  written.set(proof, document);
  return document;
}

function writeCase(alert: AlertRule, proof: ProofCase) {
  return {
    name: proof.name,
    interval: `${proof.stepSeconds}s`,
    input_series: proof.series.map(({ series, samples }) => ({ series, values: notation(samples) })),
    alert_rule_test: proof.checks.map((check) => ({
      eval_time: seconds(check.step, proof),
      alertname: alert.alert,
      exp_alerts: expected(alert, proof, check),
    })),
    promql_expr_test: (proof.recorded ?? []).map(({ step, expr, value }) => ({
      eval_time: seconds(step, proof),
      // Compared inside the expression: floats are equal to their last digit nowhere else.
      expr: value === null ? expr : `max(abs(${expr} - ${value}) < bool 1e-9)`,
      exp_samples: value === null ? [] : [{ labels: '{}', value: 1 }],
    })),
  };
}

export interface PromtoolFile {
  readonly name: string;
  readonly rules: string;
  readonly tests: string;
}

/** promtool has one evaluation interval a file, so cases of different steps lie in different files. */
export function promtoolFiles(proof: AlertProof, name: string = proofName(proof)): PromtoolFile[] {
  // JSON is YAML.
  const rules = JSON.stringify({ groups: ruleGroupDocuments(proof.groups) });
  const steps = [...new Set(proof.cases.map((one) => one.stepSeconds))];
  return steps.map((stepSeconds) => {
    const file = `${name}.${stepSeconds}s`;
    const document = {
      rule_files: [`${file}.rules.yml`],
      evaluation_interval: `${stepSeconds}s`,
      group_eval_order: proof.groups.map((group) => group.name),
      tests: proof.cases
        .filter((one) => one.stepSeconds === stepSeconds)
        .map((one) => promtoolCase(proof.alert, one)),
    };
    return { name: file, rules, tests: JSON.stringify(document) };
  });
}
