// Whether the run may be believed at all. A generator that could not keep up, or traffic that was not the planned one, says
// nothing about the shop: the run is invalid, never red.
import { fidelityShares } from '../fidelity.ts';
import type { Samples } from './samples.ts';
import { Sketch } from './sketch.ts';
import type { CheckResult } from './verdict.ts';

// The tightest objective measured here, an ATP read, is 100 ms: a machine that wakes a shopper later than that cannot tell
// a slow shop from its own slowness, so what it measured is invalid rather than red.
const maxLatenessP99Ms = 100;
// Beyond this the generator competes with the shop for the machine it is measured on.
const maxCpuShare = 0.5;
const minFidelity = 0.98;

export function judgeValidity(samples: readonly Samples[]): CheckResult[] {
  return [judgeGenerator(samples), judgeFidelity(samples)];
}

function judgeGenerator(samples: readonly Samples[]): CheckResult {
  const complaints = samples.flatMap((phase) =>
    generatorComplaints(phase).map((text) => `${phase.phase}: ${text}`),
  );
  const lateness = Sketch.union(samples.map((phase) => phase.lateness)).quantile(0.99);
  const dropped = samples.reduce(
    (sum, { totals }) => sum + (totals?.dropped ?? 0) + (totals?.iterationsDropped ?? 0),
    0,
  );
  return {
    check: 'generator-kept-up',
    kind: 'validity',
    status: samples.length > 0 && complaints.length === 0 ? 'pass' : 'fail',
    detail:
      samples.length === 0
        ? 'No load was generated.'
        : complaints.length === 0
          ? `Every session was started, p99 ${lateness.toFixed(1)} ms after its moment.`
          : `The generator did not keep up: ${complaints.join('; ')}. Free the machine, or lower the peak.`,
    observed: `${dropped} dropped, p99 ${Number.isNaN(lateness) ? 'none' : `${lateness.toFixed(1)} ms`} late`,
    required: `0 dropped, p99 ${maxLatenessP99Ms} ms late or less`,
  };
}

function generatorComplaints({ totals, lateness, generator, submissionsReceived }: Samples): string[] {
  if (totals === null) return ['k6 did not come to its end'];
  const late = lateness.quantile(0.99);
  const { cpuSeconds, wallSeconds, cores, scriptErrors } = generator;
  const cpuShare = cpuSeconds === null ? 0 : cpuSeconds / (wallSeconds * cores);
  return [
    totals.dropped + totals.iterationsDropped > 0 &&
      `${totals.dropped + totals.iterationsDropped} sessions dropped`,
    lateness.count === 0 && 'no session started',
    late > maxLatenessP99Ms && `sessions started p99 ${late.toFixed(0)} ms late`,
    cpuShare > maxCpuShare && `k6 used ${Math.round(cpuShare * 100)} % of the machine`,
    scriptErrors > 0 && `${scriptErrors} errors in the k6 script`,
    lateness.count !== totals.sessions && `${totals.sessions} sessions counted, ${lateness.count} received`,
    totals.submissionsSent !== undefined &&
      totals.submissionsSent !== totals.submissions &&
      `${totals.submissionsSent} submissions sent, only ${totals.submissions} told their outcome`,
    submissionsReceived !== totals.submissions &&
      `${totals.submissions} submissions counted, ${submissionsReceived} received`,
  ].filter((text) => text !== false);
}

function judgeFidelity(samples: readonly Samples[]): CheckResult {
  const shares = samples.map(({ phase, fidelity }) => ({ phase, ...fidelityShares(fidelity) }));
  const worst = Math.min(1, ...shares.flatMap(({ arrivals, mix }) => [arrivals, mix]));
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const each = shares.map(
    ({ phase, arrivals, mix }) => `${phase} ${percent(arrivals)} of arrivals, ${percent(mix)} of the mix`,
  );
  return {
    check: 'replay-fidelity',
    kind: 'validity',
    status: samples.length > 0 && worst >= minFidelity ? 'pass' : 'fail',
    detail: `Sessions that happened as planned: ${each.join('; ') || 'none'}.`,
    observed: samples.length > 0 ? worst : 0,
    required: minFidelity,
  };
}
