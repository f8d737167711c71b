// Samples of a run that never was, for the tests of the gate: healthy unless told otherwise.
import type { ShopperCall } from '../../core/checkout/steps.ts';
import type { Samples, StepWindow, Window } from './samples.ts';
import { Sketch } from './sketch.ts';

const calls: readonly ShopperCall[] = ['atp', 'cart', 'line', 'address', 'rates', 'quote', 'order'];

/** Latencies in ms; `failed` calls come on top. */
export function step(latencies: readonly number[], failed = 0): StepWindow {
  const sketch = new Sketch();
  for (const ms of latencies) sketch.add(ms);
  return { sketch, total: latencies.length + failed, failed };
}

/** `count` latencies of which a share is slow. */
export const mixed = (count: number, slowShare: number, slowMs: number, ms = 30) =>
  Array.from({ length: count }, (_, i) => (i < Math.round(count * slowShare) ? slowMs : ms));

export function window(startMs: number, steps: Partial<Record<ShopperCall, StepWindow>> = {}): Window {
  const healthy = calls.map((call) => [call, step(mixed(1200, 0, 0))] as const);
  return { startMs, steps: new Map([...healthy, ...(Object.entries(steps) as [ShopperCall, StepWindow][])]) };
}

export function samplesOf(windows: readonly Window[], more: Partial<Samples> = {}): Samples {
  const lateness = new Sketch();
  lateness.add(1, 100);
  return {
    phase: 'replay',
    startedAtMs: 0,
    durationSeconds: 60,
    peakOrdersPerSecond: 21,
    windowMs: 2000,
    windows,
    lateness,
    sessionsPlanned: 100,
    submissionsReceived: 30,
    totals: {
      sessions: 100,
      dropped: 0,
      abandoned: 0,
      submissions: 30,
      httpRequests: 700,
      iterationsDropped: 0,
    },
    abandoned: {},
    fidelity: {
      binSeconds: 30,
      intended: [50, 50],
      achieved: [50, 50],
      mix: { 'order GB': { intended: 100, achieved: 100 } },
    },
    generator: { vus: 50, cores: 2, cpuSeconds: 6, wallSeconds: 60, peakMemoryMb: 200, scriptErrors: 0 },
    ...more,
  };
}

export const allCounted = {
  'payment-authorization': { good: 1000, total: 1000 },
  'payment-latency-primary': { good: 1000, total: 1000 },
  'order-creation': { good: 1000, total: 1000 },
  'pipeline-freshness': { good: 1000, total: 1000 },
  notification: { good: 1000, total: 1000 },
} as const;
