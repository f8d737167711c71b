import { describe, expect, test } from 'vitest';
import { type Slo, slos } from '../../alerts/slos.ts';
import { emittedBy } from './emitted.ts';
import type { Service } from './metrics/metric.ts';
import { createInstruments } from './instruments.ts';
import { metrics } from './metrics.ts';
import { checkoutSubmissions } from './metrics/checkout.ts';
import { httpServerRequestDuration } from './metrics/http.ts';
import type { Metric } from './metrics/metric.ts';
import { runtimeMetrics } from './metrics/runtime.ts';
import { declaredSeries, maxSeriesPerProcess, seriesOfProcess } from './series.ts';

const services = Object.keys(emittedBy) as Service[];
const emits = (service: Service, { metric, total }: Slo['sli']) =>
  emittedBy[service].some(({ name }) => name === metric.name) &&
  (total.service === undefined || [total.service].flat().includes(service));
/** Name and sorted labels of an exposition line. */
const keyOf = (line: string) => {
  const [, name = '', labels = ''] = /^([a-z_]+)(?:{(.*?)})? /.exec(line) ?? [];
  return `${name} ${labels.split(',').filter(Boolean).sort().join()}`;
};
/** The series of this service that an objective is made from, as `keyOf` says them. */
function combinationsOf(service: Service, sli: Slo['sli']): string[] {
  const { metric, total } = sli;
  const all = Object.entries(metric.labels).reduce<string[][]>(
    (rows, [label, declared]) => {
      const values = [total[label] ?? (label === 'service' ? service : declared)].flat();
      return rows.flatMap((row) => values.map((value) => [...row, `${label}="${value}"`]));
    },
    [[]],
  );
  return all.flatMap((labels) => {
    if (sli.kind === 'ratio') return keyOf(`${metric.name}{${labels.join()}} `);
    const bucket = [...labels, `le="${sli.thresholdSeconds}"`];
    return [
      keyOf(`${metric.name}_count{${labels.join()}} `),
      keyOf(`${metric.name}_bucket{${bucket.join()}} `),
    ];
  });
}

describe('the metric catalogue', () => {
  test('every metric is emitted by some service, and no service emits an undeclared one', () => {
    const emitted = new Set(services.flatMap((service) => emittedBy[service].map((metric) => metric.name)));
    expect([...emitted].sort()).toEqual(metrics.map((metric) => metric.name).sort());
  });

  test.each(services)('%s stays below the series budget under full label use', async (service) => {
    const { series } = await seriesOfProcess(service);
    expect(series).toBeLessThanOrEqual(maxSeriesPerProcess);
    // The runtime's own are among them.
    expect(series).toBeGreaterThan(declaredSeries(emittedBy[service]) + 30);
  });

  test.each(services)(
    '%s exposes what the runtime is said to tell, under its name and type',
    async (service) => {
      const { body } = await createInstruments(service).expose();
      const types = new Map(
        [...body.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name, type]),
      );
      // OpenMetrics names a counter without its ending.
      const typeOf = ({ name }: Metric) => types.get(name.replace(/_total$/, ''));
      expect(runtimeMetrics.map((metric) => [metric.name, typeOf(metric)])).toEqual(
        runtimeMetrics.map((metric) => [metric.name, metric.type]),
      );
      expect(typeOf({ ...runtimeMetrics[0], name: 'process_started' })).toBeUndefined();
    },
  );

  test('a label with a value per order would break the series budget', () => {
    const orders = Array.from({ length: 100 }, (_, index) => `ord_${index}`);
    const careless: Metric = {
      ...httpServerRequestDuration,
      labels: { ...httpServerRequestDuration.labels, order: orders },
    };
    expect(declaredSeries([careless])).toBeGreaterThan(maxSeriesPerProcess);
  });

  test('an SLI counter is exposed at 0 before the first event, for every outcome', async () => {
    const { body } = await createInstruments('checkout').expose();
    const { outcome: outcomes, region: regions } = checkoutSubmissions.labels;
    for (const outcome of outcomes)
      for (const region of regions)
        expect(body).toContain(`checkout_submissions_total{outcome="${outcome}",region="${region}"} 0`);
  });

  test.each(services)(
    '%s exposes every series an objective counts at 0 before the first event',
    async (service) => {
      const { body } = await createInstruments(service).expose();
      const exposed = new Map(body.split('\n').map((line) => [keyOf(line), line.split(' ')[1]]));
      const wanted = (slos as readonly Slo[])
        .filter(({ sli }) => emits(service, sli))
        .flatMap(({ sli }) => combinationsOf(service, sli));
      expect(wanted.length).toBeGreaterThan(0);
      expect(wanted.filter((key) => exposed.get(key) !== '0')).toEqual([]);
    },
  );

  test('a service that records a metric it does not declare is told so', () => {
    expect(() =>
      createInstruments('orders').count(checkoutSubmissions, { outcome: 'placed', region: 'GB' }),
    ).toThrow(/emitted\.ts/);
  });

  test('a latency histogram carries the trace of a sampled request as its exemplar, and none without', async () => {
    const labels = { service: 'orders', http_route: '/v1/atp/:sku', status_class: '2xx' } as const;
    const plain = createInstruments('orders');
    plain.observe(httpServerRequestDuration, labels, 0.02);
    expect((await plain.expose()).body).not.toContain('# {trace_id');
    const sampled = createInstruments('orders');
    sampled.observe(httpServerRequestDuration, labels, 0.02, '0af7651916cd43dd8448eb211c80319c');
    expect((await sampled.expose()).body).toContain('# {trace_id="0af7651916cd43dd8448eb211c80319c"}');
  });

  test('every exposition has the same lines, and after the first others get their turn while it is written', async () => {
    const instruments = createInstruments('checkout');
    // What the runtime tells of itself gets a series more with every kind of garbage collection.
    const linesOf = async () =>
      (await instruments.expose()).body
        .split('\n')
        .filter((line) => !line.startsWith('nodejs_gc'))
        .map((line) => (line.startsWith('#') ? line : keyOf(line)));
    const first = await linesOf();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    const second = await linesOf();
    clearInterval(counting);
    expect(second).toEqual(first);
    expect(second.at(-2)).toBe('# EOF');
    expect(turns).toBeGreaterThan(0);
  });
});
