// Which metrics Prometheus holds of each service, and where the exemplars of the run lead.
import { z } from 'zod';
import { serviceNames } from '../../core/telemetry/metrics/metric.ts';
import type { SignalFacts } from './facts.ts';
import { exemplarMetrics } from './matrix.ts';

const timeoutMs = 30_000;

const vector = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
});
const exemplarAnswer = z.object({
  data: z.array(
    z.object({ exemplars: z.array(z.object({ labels: z.object({ trace_id: z.string().optional() }) })) }),
  ),
});

async function ask<T>(
  url: string,
  path: string,
  parameters: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} to ${path}`);
  return schema.parse(await answer.json());
}

export async function askSignals(
  prometheusUrl: string,
  fromMs: number,
  toMs: number,
): Promise<Pick<SignalFacts, 'metrics' | 'exemplars'>> {
  const jobs = serviceNames.join('|');
  const held = await ask(
    prometheusUrl,
    'query',
    { query: `count by (job, __name__) ({job=~"${jobs}"})`, time: `${toMs / 1_000}` },
    vector,
  );
  const namesOf = (job: string) =>
    held.data.result
      .filter(({ metric }) => metric.job === job)
      .map(({ metric }) => metric.__name__ ?? '')
      .sort();
  const exemplars: Record<string, string[]> = {};
  for (const name of exemplarMetrics) {
    const window = { start: `${fromMs / 1_000}`, end: `${toMs / 1_000}` };
    const { data } = await ask(prometheusUrl, 'query_exemplars', { query: name, ...window }, exemplarAnswer);
    const ids = data.flatMap((series) => series.exemplars.map(({ labels }) => labels.trace_id ?? ''));
    exemplars[name] = [...new Set(ids)].sort();
  }
  return {
    metrics: { checkout: namesOf('checkout'), orders: namesOf('orders'), workers: namesOf('workers') },
    exemplars,
  };
}
