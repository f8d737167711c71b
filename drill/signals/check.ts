// Was everything told that is declared? Service by service: metrics, spans, log lines; and do exemplars lead somewhere.
import { type Service, serviceNames } from '../../core/telemetry/metrics/metric.ts';
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import { checks } from '../checks.ts';
import type { SpanFacts } from '../facts.ts';
import type { CompactSpan } from '../traces.ts';
import type { SignalFacts } from './facts.ts';
import { exemplarMetrics, logsOf, metricsOf, spansOf } from './matrix.ts';

const head = { check: 'signals-told', kind: checks['signals-told'] } as const;
const mostNamed = 5;

export function signalsCheck(
  signals: SignalFacts | null,
  spans: readonly CompactSpan[],
  { dropped, elsewhere }: Pick<SpanFacts, 'dropped' | 'elsewhere'>,
  primed = false,
): CheckResult {
  if (signals === null)
    return { ...head, status: 'unknown', detail: 'nobody looked which signals were told' };
  // Without every span a missing one proves nothing.
  const traced = dropped === 0 && elsewhere === null;
  const gaps = [
    ...serviceNames.flatMap((service) => metricGaps(service, signals)),
    ...serviceNames.flatMap((service) => logGaps(service, signals)),
    ...(traced ? serviceNames.flatMap((service) => spanGaps(service, spans, primed)) : []),
    ...exemplarGaps(signals, traced ? new Set(spans.map(({ trace }) => trace)) : null),
  ];
  if (gaps.length > 0) {
    const more = gaps.length > mostNamed ? ` (and ${gaps.length - mostNamed} more)` : '';
    return { ...head, status: 'fail', detail: `${gaps.slice(0, mostNamed).join('; ')}${more}` };
  }
  if (!traced)
    return { ...head, status: 'unknown', detail: 'metrics and logs are whole; not every span arrived here' };
  const count = (of: (service: Service) => readonly string[]) => serviceNames.flatMap(of).length;
  const detail = `${count(metricsOf)} metrics, ${count((service) => spansOf[service])} spans and ${count((service) => logsOf[service])} log events of three services; every exemplar leads to a trace`;
  return { ...head, status: 'pass', detail };
}

function metricGaps(service: Service, { metrics }: SignalFacts): string[] {
  const seen = new Set(metrics[service]);
  return metricsOf(service)
    .filter((name) => !seen.has(name))
    .map((name) => `${service} exposes no ${name}`);
}

function logGaps(service: Service, { logs }: SignalFacts): string[] {
  const { events, unreadable, leaking, untraced } = logs[service];
  return [
    ...logsOf[service]
      .filter((event) => !events.includes(event))
      .map((event) => `${service} logs no ${event}`),
    ...(unreadable > 0 ? [`${unreadable} lines in the log of ${service} are no log lines`] : []),
    ...(leaking > 0 ? [`${leaking} lines in the log of ${service} hold a card number or an address`] : []),
    ...(untraced > 0 ? [`${untraced} lines in the log of ${service} lack the trace id of their story`] : []),
  ];
}

/** Told only under a fault of the ordinary game day, which a primed drill does not play. */
const ofGameDay: readonly string[] = ['POST /v1/authorizations psp-backup', 'resolve payment'];

function spanGaps(service: Service, spans: readonly CompactSpan[], primed: boolean): string[] {
  const seen = new Set(spans.filter((span) => span.service === service).map(({ name }) => name));
  return spansOf[service]
    .filter((name) => !seen.has(name) && !(primed && ofGameDay.includes(name)))
    .map((name) => `${service} has no span ${name}`);
}

function exemplarGaps({ exemplars }: SignalFacts, traces: ReadonlySet<string> | null): string[] {
  return exemplarMetrics.flatMap((name) => {
    const ids = exemplars[name] ?? [];
    if (ids.length === 0) return [`${name} has no exemplar`];
    const lost = traces === null ? [] : ids.filter((id) => !traces.has(id));
    return lost.length === 0
      ? []
      : [`${lost.length} of ${ids.length} exemplars of ${name} lead to no trace, first ${lost[0]}`];
  });
}
