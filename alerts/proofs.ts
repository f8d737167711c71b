// The proof of an alert: traffic just below it (silent), just above it (fires with exactly these words), none at all
// (silent). Written as promtool unit tests, so that Prometheus' own engine is the judge.
import type { AlertRule } from './alert.ts';

export interface ProofSeries {
  readonly series: string;
  /** promtool notation: `start+step x count`. */
  readonly values: string;
}

export interface ProofCase {
  readonly name: string;
  readonly series: readonly ProofSeries[];
  /** Seconds after the start at which the alert is asked. */
  readonly atSeconds: number;
  readonly fires: null | {
    /** Labels the expression leaves on the alert, beside those of the rule. */
    readonly labels: Readonly<Record<string, string>>;
    /** `$value` as the annotation prints it. */
    readonly value: string;
  };
}

export interface AlertProof {
  readonly alert: AlertRule;
  readonly cases: readonly ProofCase[];
}

function fill(text: string, labels: Readonly<Record<string, string>>, value: string): string {
  return text
    .replace(/\{\{ \$value(?: \| \w+)? \}\}/g, value)
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '');
}

function expected(alert: AlertRule, { labels, value }: NonNullable<ProofCase['fires']>) {
  const all = { ...labels, ...alert.labels };
  const annotations = Object.entries(alert.annotations).map(([name, text]) => [name, fill(text, all, value)]);
  return { exp_labels: all, exp_annotations: Object.fromEntries(annotations) as Record<string, string> };
}

/** One promtool test file; `suite` is the name of the suite, whose rules lie beside it. */
export function promtoolTests(suite: string, intervalSeconds: number, proofs: readonly AlertProof[]) {
  const tests = proofs.flatMap(({ alert, cases }) =>
    cases.map((proof) => ({
      name: `${alert.alert} ${alert.labels.burn_tier ?? ''}: ${proof.name}`,
      interval: `${intervalSeconds}s`,
      input_series: proof.series,
      alert_rule_test: [
        {
          eval_time: `${proof.atSeconds}s`,
          alertname: alert.alert,
          exp_alerts: proof.fires === null ? [] : [expected(alert, proof.fires)],
        },
      ],
    })),
  );
  return { rule_files: [`${suite}.rules.yml`], evaluation_interval: `${intervalSeconds}s`, tests };
}
