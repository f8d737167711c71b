// The evidence of a drill that never was, for the tests of the judge: healthy unless a test plants something.
import { countedSlos } from '../loadtests/gate/objectives.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type History, healthyHistory, stories } from '../chaos/ledgers/history.fixture.ts';
import { writeSealed } from '../chaos/ledgers/sealed-file.ts';
import type { ShopperCall } from '../core/checkout/steps.ts';
import { serviceNames } from '../core/telemetry/metrics/metric.ts';
import { type Samples, samplesToJson } from '../loadtests/gate/samples.ts';
import { samplesOf, step, window } from '../loadtests/gate/samples.fixture.ts';
import { files, writeJson } from './evidence.ts';
import type {
  AlertDelivery,
  ExperimentFacts,
  HistoryFacts,
  MachineSample,
  PanelFacts,
  QueueFacts,
  RunFacts,
  SliSample,
  SpanFacts,
} from './facts.ts';
import { phaseNames } from './plan.ts';
import type { SignalFacts } from './signals/facts.ts';
import { exemplarMetrics, logsOf, metricsOf, spansOf } from './signals/matrix.ts';
import { mailSpanName, type CompactSpan } from './traces.ts';

const startedMs = 1_790_000_000_000;
const second = 1_000;
const at = (seconds: number) => startedMs + seconds * second;
const runSeconds = 400;

/** Everything in it may be changed before it is written. */
export interface Facts {
  run: RunFacts;
  baseline: Samples;
  replay: Samples;
  ledgers: History;
  alerts: AlertDelivery[];
  experiments: ExperimentFacts[];
  machine: MachineSample[];
  queues: QueueFacts | null;
  slis: SliSample[];
  panels: PanelFacts[];
  history: HistoryFacts | null;
  spans: CompactSpan[];
  spanFacts: SpanFacts | null;
  signals: SignalFacts | null;
}

const calls: readonly ShopperCall[] = ['atp', 'cart', 'line', 'address', 'rates', 'quote', 'order'];

/** Latencies by an even spread, so that a chart of them looks like one. */
function windows(fromSecond: number, untilSecond: number, perWindow: number, slowMs: number) {
  return Array.from({ length: Math.floor((untilSecond - fromSecond) / 2) }, (_, n) => {
    const latencies = Array.from(
      { length: perWindow },
      (_, i) => 30 + ((i * 37 + n * 13) % 120) + (i === 0 ? slowMs : 0),
    );
    return window(
      at(fromSecond + n * 2),
      Object.fromEntries(
        calls.map((call) => [call, step(call === 'order' ? latencies : latencies.map((ms) => ms / 3))]),
      ),
    );
  });
}

function experiment(
  id: string,
  from: number,
  until: number,
  alert: string,
  labels: Record<string, string>,
): ExperimentFacts {
  return {
    id,
    hypothesis: 'A lost answer of the payment provider never becomes a second charge.',
    customers_still_can: 'browse, fill a cart and buy through the backup provider',
    runbook: `alerts/runbooks/${alert}.md`,
    status: 'completed',
    reason: '120 calls bitten, 1 alerts heard in time',
    held: 'true',
    steady_before: true,
    injected_ms: at(from),
    undone_ms: at(until),
    undo_verified: true,
    first_bite_ms: at(from + 0.2),
    last_bite_ms: at(until - 0.1),
    bites: 120,
    min_bites: 15,
    expected: [{ name: alert, labels, computed_seconds: 11, budget_seconds: 21.5 }],
    must_stay_silent: ['DoubleCharge', 'Oversell', 'LostOrder'],
  };
}

function delivery(
  name: string,
  seconds: number,
  status: AlertDelivery['status'],
  labels: Record<string, string> = {},
) {
  return {
    received_ms: at(seconds),
    status,
    fingerprint: `${name}${Object.values(labels).join('')}`,
    name,
    starts_ms: at(seconds - 2),
    labels: { alertname: name, ...labels },
  };
}

export function healthyFacts(): Facts {
  const ledgers = healthyHistory(
    Array.from({ length: 120 }, (_, n) => stories[n % stories.length]!),
    7,
  );
  const tier = { burn_tier: 'page-fast' };
  const primary = { provider: 'psp-primary' };
  const spans: CompactSpan[] = [];
  ledgers.shoppers.forEach((row, n) => {
    const trace = n.toString(16).padStart(32, '0');
    Object.assign(row, { trace_id: trace, phase: 'replay' });
    const span = (
      name: string,
      id: string,
      parent: string,
      service: string,
      links: [string, string][] = [],
    ) => ({
      ...{
        trace: links.length > 0 ? `${trace}-later` : trace,
        span: id,
        parent: links.length > 0 ? null : parent,
      },
      ...{ service, name, start_ms: at(100), duration_ms: 20, error: false, links },
    });
    spans.push(
      span('POST /v1/orders', 'a', 'click', 'checkout'),
      span('place', 'b', 'a', 'orders'),
      span(mailSpanName, 'c', 'b', 'workers', [[trace, 'b']]),
    );
  });
  for (const service of serviceNames)
    for (const [n, name] of spansOf[service].entries())
      spans.push({
        ...{ trace: spans[0]!.trace, span: `${service}-${n}`, parent: 'a', service, name },
        ...{ start_ms: at(100), duration_ms: 1, error: false, links: [] },
      });
  return {
    run: {
      schema: 1,
      run_id: '20260918T120000-abc123',
      mode: 'default',
      sabotage: null,
      seed: 42,
      peak_orders_per_second: 14,
      scale: 1.5,
      profile: {
        name: 'online-retail-peak',
        hash: 'a'.repeat(64),
        day: '2011-12-05',
        title: 'Online Retail',
        attribution: 'D. Chen (2015), Online Retail, CC BY 4.0',
        recorded_peak_orders_per_minute: 0.733,
      },
      started_ms: startedMs,
      ended_ms: at(runSeconds),
      ended_early: null,
      phases: phaseNames.map((name) => ({
        name,
        started_ms: at(name === 'baseline' ? 30 : name === 'replay' ? 100 : name === 'aftermath' ? 360 : 0),
        ended_ms: at(name === 'baseline' ? 90 : name === 'replay' ? 340 : runSeconds),
      })),
      environment: { node: '22.0.0', postgres: '18.0', cores: '2' },
    },
    baseline: samplesOf(windows(30, 90, 28, 40), { phase: 'baseline' }),
    replay: samplesOf(windows(100, 340, 42, 120), { durationSeconds: 240 }),
    ledgers,
    alerts: [
      delivery('Watchdog', 20, 'firing'),
      delivery('PaymentProviderTimeouts', 152, 'firing', primary),
      delivery('PaymentProviderTimeouts', 215, 'resolved', primary),
      delivery('CheckoutAvailabilityBurn', 262, 'firing', tier),
    ],
    experiments: [
      experiment('provider-timeout', 145, 205, 'PaymentProviderTimeouts', primary),
      experiment('both-psps-down', 245, 295, 'CheckoutAvailabilityBurn', tier),
    ],
    machine: Array.from({ length: runSeconds }, (_, n) => ({
      ...{ at_ms: at(n), busy: 0.5 + (n % 10) / 100, steal: 0, loop_delay_ms: 21, clock_step_ms: 0.1 },
    })),
    queues: { waited_seconds: 17, drained: true, left: { 'events not published': 0, 'dead letters': 0 } },
    slis: Array.from({ length: runSeconds }, (_, n) => ({
      at_ms: at(n),
      counts: Object.fromEntries(
        ['checkout-availability', ...countedSlos].map((slo) => [slo, { total: n * 20, bad: 0 }]),
      ),
    })),
    panels: ['Submissions by outcome', 'Submission latency', 'Provider timeouts'].map((panel) => ({
      ...{ panel, query: 'sum(rate(checkout_submissions_total[1m]))', live: true, detail: '3 series, moved' },
    })),
    history: { ok: true, detail: '40 series within 0.10 %', series: 40, orders_per_second: 6 },
    spans,
    spanFacts: { received: 1_000, dropped: 0, elsewhere: null },
    signals: everySignal(spans[0]!.trace),
  };
}

function everySignal(trace: string): SignalFacts {
  const byService = <T>(of: (service: (typeof serviceNames)[number]) => T) =>
    Object.fromEntries(serviceNames.map((service) => [service, of(service)])) as Record<
      (typeof serviceNames)[number],
      T
    >;
  return {
    metrics: byService((service) => [...metricsOf(service)]),
    logs: byService((service) => ({
      ...{ lines: 40, unreadable: 0, leaking: 0, untraced: 0, events: [...logsOf[service]] },
    })),
    exemplars: Object.fromEntries(exemplarMetrics.map((name) => [name, [trace]])),
  };
}

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

export async function writeFacts(dir: string, facts: Facts): Promise<void> {
  await writeJson(dir, files.run, facts.run);
  await writeJson(dir, files.baseline, samplesToJson(facts.baseline));
  await writeJson(dir, files.replay, samplesToJson(facts.replay));
  await writeJson(dir, files.experiments, facts.experiments);
  await writeJson(dir, files.panels, facts.panels);
  if (facts.queues !== null) await writeJson(dir, files.queues, facts.queues);
  if (facts.history !== null) await writeJson(dir, files.history, facts.history);
  if (facts.spanFacts !== null) await writeJson(dir, files.spanFacts, facts.spanFacts);
  if (facts.signals !== null) await writeJson(dir, files.signals, facts.signals);
  await writeFile(join(dir, files.alerts), lines(facts.alerts));
  await writeFile(join(dir, files.machine), lines(facts.machine));
  await writeFile(join(dir, files.slis), lines(facts.slis));
  await writeFile(join(dir, files.spans), lines(facts.spans));
  const { seededStock, ...ledgers } = facts.ledgers;
  await writeSealed(dir, 'seeded-stock', seededStock, facts.run.ended_ms);
  for (const [name, rows] of Object.entries(ledgers))
    await writeSealed(dir, name as keyof typeof ledgers, rows, facts.run.ended_ms);
}
