// What every process must have told in any drill: metric, span and log line by service. What is declared and was never
// seen is a signal that a responder will miss at 3 a.m. Pure.
import { steps } from '../../core/checkout/steps.ts';
import { emittedBy } from '../../core/telemetry/emitted.ts';
import type { Metric, Service } from '../../core/telemetry/metrics/metric.ts';
import { runtimeMetrics } from '../../core/telemetry/metrics/runtime.ts';

/** The name a scrape shows it by. */
const exposedAs = (metric: Metric) => (metric.type === 'histogram' ? `${metric.name}_count` : metric.name);

/** All that is declared, without an exception: what no drill makes happen is there at 0. */
export const metricsOf = (service: Service): readonly string[] =>
  [...emittedBy[service], ...runtimeMetrics].map(exposedAs);

/** Histograms whose dots on a panel lead to traces. */
export const exemplarMetrics: readonly string[] = [
  ...new Set(
    Object.values(emittedBy)
      .flat()
      .filter((metric: Metric) => metric.exemplars === true)
      .map(({ name }) => `${name}_bucket`),
  ),
];

/** Of submissions and all that follows from them; reads are sampled and may be missing from a short run. */
export const spansOf: Readonly<Record<Service, readonly string[]>> = {
  checkout: [
    'POST /v1/orders',
    ...steps
      .filter(({ name }) => ['validate', 'price', 'screen', 'place', 'authorize', 'confirm'].includes(name))
      .map(({ name }) => `checkout ${name}`),
    'POST /v1/screen',
    'POST /internal/v1/orders',
    'POST /v1/authorizations psp-primary',
    'POST /v1/authorizations psp-backup',
    'POST /internal/v1/orders/:id/events',
    'db read submission',
    'db close cart',
  ],
  orders: [
    'POST /internal/v1/orders',
    'db place order',
    'POST /internal/v1/orders/:id/events',
    'db apply payment event',
  ],
  workers: [
    'process order-events',
    'process notifications',
    'send mail',
    'db send mail',
    'db relay outbox',
    'resolve payment',
  ],
};

/** Events of the JSON log. */
export const logsOf: Readonly<Record<Service, readonly string[]>> = {
  checkout: ['listening', 'stopping', 'stopped'],
  orders: ['listening', 'stopping', 'stopped'],
  workers: ['listening', 'stopping', 'stopped'],
};
