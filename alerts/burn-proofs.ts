// Traffic that proves a burn alert: a thousand events a minute, one bad event a minute above or below the threshold.
import { selector } from '../core/telemetry/promql.ts';
import { burnThreshold, burnTiers } from './burn-rate.ts';
import { type ProofCase, type ProofSeries, promtoolTests } from './proofs.ts';
import { renderRules } from './render.ts';
import type { ProofSuite } from './prometheus-tools.ts';
import { alertRules, ruleGroups } from './rules.ts';
import { type Slo, slos } from './slos.ts';

const perMinute = 1_000;
const minutes = 63;

/** One value a label: a single process serving a single kind of request. */
function oneSeries(slo: Slo, matchers: Slo['sli']['total']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(slo.sli.metric.labels).map(([label, declared]) => {
      const wanted = matchers[label] ?? declared;
      return [label, typeof wanted === 'string' ? wanted : wanted[0]!];
    }),
  );
}

const identity = ['job="proof"', 'instance="proof-1"'];

function traffic(slo: Slo, badPerMinute: number, goodPerMinute: number): ProofSeries[] {
  const { sli } = slo;
  const counting = (perStep: number) => `0+${perStep}x${minutes}`;
  if (sli.kind === 'latency') {
    const labels = oneSeries(slo, sli.total);
    const edge = `le="${sli.thresholdSeconds}"`;
    const total = goodPerMinute + badPerMinute;
    return [
      {
        series: selector(sli.metric, labels, { suffix: '_count', extra: identity }),
        values: counting(total),
      },
      {
        series: selector(sli.metric, labels, { suffix: '_bucket', extra: [edge, ...identity] }),
        values: counting(goodPerMinute),
      },
    ];
  }
  const badLabels = oneSeries(slo, sli.bad);
  const isBad = (label: string, value: string) => {
    const bad = sli.bad[label];
    return bad !== undefined && (typeof bad === 'string' ? bad === value : bad.includes(value));
  };
  const goodLabels = Object.fromEntries(
    Object.entries(badLabels).map(([label, value]) => [
      label,
      sli.bad[label] === undefined ? value : sli.metric.labels[label]!.find((other) => !isBad(label, other))!,
    ]),
  );
  return [
    { series: selector(sli.metric, goodLabels, { extra: identity }), values: counting(goodPerMinute) },
    { series: selector(sli.metric, badLabels, { extra: identity }), values: counting(badPerMinute) },
  ];
}

function cases(slo: Slo, threshold: number): ProofCase[] {
  const limit = threshold * perMinute;
  const above = Math.floor(limit + 1);
  const below = Math.ceil(limit - 1);
  const atSeconds = 61 * 60;
  return [
    { name: 'just below is silent', series: traffic(slo, below, perMinute - below), atSeconds, fires: null },
    {
      name: 'just above fires',
      series: traffic(slo, above, perMinute - above),
      atSeconds,
      fires: { labels: {}, value: `${Number(((above / perMinute) * 100).toPrecision(4))}%` },
    },
    { name: 'no traffic is silent', series: traffic(slo, 0, 0), atSeconds, fires: null },
    // Every event bad, but only nine of them in the hour: below the k of the tier.
    { name: 'a few failures at night are silent', series: traffic(slo, 0.15, 0), atSeconds, fires: null },
  ];
}

const fast = burnTiers[0];

/** Page-fast of every SLO; the slower tiers differ from it by data only. One suite an objective. */
export function burnProofs(): ProofSuite[] {
  return slos.map((slo) => {
    const groups = ruleGroups([slo], []).filter((group) => group.name === 'slo-fast');
    const alert = alertRules(groups)[0];
    if (alert?.labels.burn_tier !== fast.name) throw new Error(`${slo.id} has no ${fast.name} alert`);
    const proof = { alert, cases: cases(slo, burnThreshold(fast.factor, slo.objective)) };
    return {
      name: slo.alertName,
      rules: renderRules(groups),
      tests: promtoolTests(slo.alertName, 60, [proof]),
    };
  });
}
