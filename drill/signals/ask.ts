// Which metrics Prometheus holds of each service, and where the exemplars of the run lead.
import { z } from 'zod';
import { serviceNames } from '../../core/telemetry/metrics/metric.ts';
import { queryAt } from '../../dashboards/prometheus-api.ts';
import type { SignalFacts } from './facts.ts';
import { exemplarMetrics } from './matrix.ts';

const timeoutMs = 30_000;

const exemplarAnswer = z.object({
  data: z.array(
    z.object({ exemplars: z.array(z.object({ labels: z.object({ trace_id: z.string().optional() }) })) }),
  ),
});

async function tracesOf(url: string, name: string, fromMs: number, toMs: number): Promise<string[]> {
  const window = { start: `${fromMs / 1_000}`, end: `${toMs / 1_000}` };
  const answer = await fetch(`${url}/api/v1/query_exemplars`, {
    method: 'POST',
    body: new URLSearchParams({ query: name, ...window }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} when asked for exemplars`);
  const { data } = exemplarAnswer.parse(await answer.json());
  const ids = data.flatMap((series) => series.exemplars.map(({ labels }) => labels.trace_id ?? ''));
  return [...new Set(ids)].sort();
}

export async function askSignals(
  prometheusUrl: string,
  fromMs: number,
  toMs: number,
): Promise<Pick<SignalFacts, 'metrics' | 'exemplars'>> {
  const jobs = serviceNames.join('|');
  const held = await queryAt(prometheusUrl, `count by (job, __name__) ({job=~"${jobs}"})`, toMs);
  if (held.kind === 'refused') throw new Error(`Prometheus would not name its metrics: ${held.message}`);
  const namesOf = (job: string) =>
    held.series
      .filter(({ labels }) => labels.job === job)
      .map(({ labels }) => labels.__name__ ?? '')
      .sort();
  const exemplars: Record<string, string[]> = {};
  for (const name of exemplarMetrics) exemplars[name] = await tracesOf(prometheusUrl, name, fromMs, toMs);
  return {
    metrics: { checkout: namesOf('checkout'), orders: namesOf('orders'), workers: namesOf('workers') },
    exemplars,
  };
}
