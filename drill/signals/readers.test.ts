// Whoever takes a metric away, renames a label or moves a bucket learns which alerts, panels and gates that breaks.
import { describe, expect, test } from 'vitest';
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { brokenReaders, brokenText } from './broken.ts';
import { emittedMetrics as emitted } from './emitted-metrics.ts';
import { everyReader } from './readers.ts';

const readers = everyReader();
const brokenWith = (metric: Metric, instead: readonly Metric[]) =>
  brokenReaders(readers, [...emitted.filter((one) => one !== metric), ...instead]);

/** Readers whose own question has this text in it: found by no parser. */
const holding = (pattern: RegExp) => readers.filter(({ expr }) => pattern.test(expr));
const named = (some: readonly { kind: string; name: string }[]) =>
  [...new Set(some.map(({ kind, name }) => `${kind} ${name}`))].toSorted();
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
/** A selector of the metric in whose braces this stands. */
const within = ({ name }: Metric, inside: string) =>
  new RegExp(`\\b${name}(?:_bucket|_sum|_count)?{[^}]*${inside}`);

const other = (metric: Metric, labels: Metric['labels']): Metric => ({ ...metric, labels });

describe('what is read', () => {
  test('is emitted: by every alert, panel and gate there is', () => {
    expect(new Set(readers.map(({ kind }) => kind))).toEqual(new Set(['alert', 'panel', 'gate']));
    expect(brokenText(brokenReaders(readers, emitted))).toBe('');
  });

  test('and taken away is told with everything that falls silent: alerts, journeys, panels, checks and thresholds', () => {
    const lost = emitted.find(({ name }) => name === 'checkout_submissions_total')!;
    const text = brokenText(brokenWith(lost, []));
    const [head, alerts, panels, gates] = text.split('\n');
    expect(head).toBe('nobody emits checkout_submissions_total, and with it fall silent:');
    expect(alerts).toMatch(/^ {2}alerts: .*CheckoutAvailabilityBurn.*CheckoutJourneyBurn/);
    expect(panels).toMatch(/^ {2}panels: .*verdict \d+A “/);
    expect(gates).toContain('check slo-checkout-availability, k6 threshold slo_checkout_availability');
    expect(gates).toContain('check alerts-detected in both-psps-down');
  });
});

describe.each(emitted.map((metric) => [metric.name, metric] as const))('%s', (name, metric) => {
  test('taken away names whoever asks for it, a panel among them', () => {
    const found = named(brokenWith(metric, []));
    expect(found).toEqual(
      expect.arrayContaining(named(holding(new RegExp(`\\b${name}\\b|\\b${name}_(bucket|sum|count)\\b`)))),
    );
    expect(found.filter((one) => one.startsWith('panel '))).not.toEqual([]);
  });

  /** What nobody reads may go. */
  const expectNamed = (pattern: RegExp, instead: Metric) => {
    const wanted = named(holding(pattern));
    if (wanted.length > 0)
      expect(named(brokenWith(metric, [instead]))).toEqual(expect.arrayContaining(wanted));
  };

  test('with a label renamed, or a value of one gone, names whoever matches on it', () => {
    for (const [label, list] of Object.entries(metric.labels)) {
      const { [label]: _, ...rest } = metric.labels;
      expectNamed(within(metric, `\\b${label}[=!]`), other(metric, { ...rest, [`former_${label}`]: list }));
      for (const value of list)
        expectNamed(
          within(metric, `\\b${label}=~?"(?:[^"]*\\|)?${escaped(value)}(?:\\|[^"]*)?"`),
          other(metric, { ...metric.labels, [label]: list.filter((one) => one !== value) }),
        );
    }
  });

  test('with a bucket moved names whoever reads it', () => {
    for (const edge of metric.buckets ?? [])
      expectNamed(within(metric, `\\ble=~?"${escaped(`${edge}`)}["(]`), {
        ...metric,
        buckets: metric.buckets!.map((one) => (one === edge ? one * 1.01 : one)),
      });
  });
});
