// What a load test is held to, from the same objectives: one row an objective, and the k6 threshold that says it.
import { type Slo, type SloId, slos, submissionGate } from '../slos.ts';

interface Criterion {
  readonly slo: SloId;
  readonly objective: number;
  readonly goodEvent: string;
  readonly thresholdSeconds: number | null;
  /** With fewer events a single bad one is more than the whole budget, and nothing can be decided. */
  readonly minimumEvents: number;
  /** For a k6 `Rate` of good events named after the objective. */
  readonly k6: Readonly<Record<string, readonly string[]>>;
}

const metricName = (id: string) => `slo_${id.replaceAll('-', '_')}`;

export const criterionOf = (slo: Slo & { readonly id: SloId }): Criterion => ({
  slo: slo.id,
  objective: slo.objective,
  goodEvent: slo.goodEvent,
  thresholdSeconds: slo.sli.kind === 'latency' ? slo.sli.thresholdSeconds : null,
  // 1e-9: 1 ÷ (1 − 0.99) is a little more than 100 in binary.
  minimumEvents: Math.ceil(1 / (1 - slo.objective) - 1e-9),
  k6: { [metricName(slo.id)]: [`rate>=${slo.objective}`] },
});

const milliseconds = (seconds: number) => Math.round(seconds * 1_000);

export const loadCriteria = () => ({
  objectives: slos.map(criterionOf),
  k6_thresholds: {
    ...Object.assign({}, ...slos.map((slo) => criterionOf(slo).k6)),
    submission_duration: [
      `p(95)<=${milliseconds(submissionGate.p95Seconds)}`,
      `p(99)<=${milliseconds(submissionGate.p99Seconds)}`,
    ],
  } as Readonly<Record<string, readonly string[]>>,
});
