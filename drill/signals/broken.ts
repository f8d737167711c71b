// What breaks when the services emit something else: every reader of what is gone, with the reason. Pure.
import { namedValues, type Selector } from '../../alerts/promql-reader.ts';
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import type { Asked, Reader, ReaderKind } from './readers.ts';

const unique = <T>(list: readonly T[]) => [...new Set(list)];

/** Put there by Prometheus, by nobody of ours. */
const foreign = /^(up|ALERTS|scrape_\w+|prometheus_\w+|alertmanager_\w+)$|:/;
const scraped = new Set(['job', 'instance', 'le']);

const metricOf = (name: string, emitted: ReadonlyMap<string, Metric>) =>
  emitted.get(name) ?? emitted.get(name.replace(/_(bucket|sum|count)$/, ''));

function complaint(
  { metric: name, matchers }: Selector,
  emitted: ReadonlyMap<string, Metric>,
): string | null {
  if (foreign.test(name)) return null;
  const metric = metricOf(name, emitted);
  if (metric === undefined) return `nobody emits ${name}`;
  for (const matcher of matchers) {
    const { label } = matcher;
    const values = namedValues(matcher).filter((value) => value !== '.*');
    if (label === 'le') {
      const edge = values.find((value) => value !== '+Inf' && !metric.buckets?.includes(Number(value)));
      if (edge !== undefined) return `${metric.name} has no bucket ${edge}`;
    } else if (!scraped.has(label)) {
      const declared = metric.labels[label];
      if (declared === undefined) return `${metric.name} has no label ${label}`;
      const stray = values.find((value) => !declared.includes(value));
      if (stray !== undefined) return `nobody emits ${metric.name}{${label}="${stray}"}`;
    }
  }
  return null;
}

/** A label that is grouped by and that none of the series has. */
function lostGroup({ selectors, grouping }: Asked, emitted: ReadonlyMap<string, Metric>): string | null {
  if (selectors.length === 0 || selectors.some(({ metric }) => foreign.test(metric))) return null;
  const has = (label: string) =>
    scraped.has(label) || selectors.some(({ metric }) => label in (metricOf(metric, emitted)?.labels ?? {}));
  const lost = grouping.find((label) => !has(label));
  return lost === undefined ? null : `${selectors[0]!.metric} has no label ${lost}`;
}

export interface Broken {
  readonly kind: ReaderKind;
  readonly name: string;
  readonly why: string;
}

export function brokenReaders(readers: readonly Reader[], metrics: readonly Metric[]): Broken[] {
  const emitted = new Map(metrics.map((metric) => [metric.name, metric]));
  const reasons = new Map<Asked, string | null>();
  const reasonOf = (one: Asked): string | null => {
    const before = reasons.get(one);
    if (before !== undefined) return before;
    const why = one.selectors
      .map((selector) => complaint(selector, emitted))
      .find((reason) => reason !== null);
    const reason = why ?? lostGroup(one, emitted);
    reasons.set(one, reason);
    return reason;
  };
  const found = readers.flatMap(({ kind, name, asks }) => {
    const why = asks.map(reasonOf).find((reason) => reason !== null);
    return why === undefined || why === null ? [] : [{ kind, name, why }];
  });
  return [...new Map(found.map((one) => [`${one.kind} ${one.name} ${one.why}`, one])).values()];
}

/** One paragraph a reason: what is gone, and everything that it takes along. */
export function brokenText(broken: readonly Broken[]): string {
  const kinds = { alert: 'alerts', panel: 'panels', gate: 'gates' } as const;
  return unique(broken.map(({ why }) => why))
    .map((why) => {
      const own = broken.filter((one) => one.why === why);
      const lines = (Object.keys(kinds) as ReaderKind[]).flatMap((kind) => {
        const names = unique(own.filter((one) => one.kind === kind).map(({ name }) => name));
        return names.length === 0 ? [] : [`  ${kinds[kind]}: ${names.join(', ')}`];
      });
      return [`${why}, and with it fall silent:`, ...lines].join('\n');
    })
    .join('\n');
}
