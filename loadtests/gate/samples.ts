// What one k6 run measured, as it lies in the evidence: sketches per step and window, counts, fidelity. No single request.
import type { ShopperCall } from '../../core/checkout/steps.ts';
import type { K6Totals, Phase } from '../replay-plan.ts';
import { Sketch, type SketchJson } from './sketch.ts';

/** One step in one window of time. `total` counts every call, `failed` the ones the shop failed. */
export interface StepWindow {
  /** Latencies, ms. Of submissions: from the intended start, and only those that carry a payment decision. */
  readonly sketch: Sketch;
  total: number;
  failed: number;
}
export interface Window {
  readonly startMs: number;
  readonly steps: ReadonlyMap<ShopperCall, StepWindow>;
}

export interface Fidelity {
  readonly binSeconds: number;
  /** Sessions that were planned and that started, by bin of their start. */
  readonly intended: readonly number[];
  readonly achieved: readonly number[];
  /** Sessions by stage and market, `order GB`; only what started counts. */
  readonly mix: Readonly<Record<string, { readonly intended: number; readonly achieved: number }>>;
}

export interface Generator {
  readonly vus: number;
  readonly cores: number;
  /** Null where the system does not tell. */
  readonly cpuSeconds: number | null;
  readonly wallSeconds: number;
  readonly peakMemoryMb: number | null;
  readonly scriptErrors: number;
}

export interface Samples {
  readonly phase: Phase;
  /** When offset 0 of the schedule was, epoch ms. */
  readonly startedAtMs: number;
  readonly durationSeconds: number;
  readonly peakOrdersPerSecond: number;
  readonly windowMs: number;
  readonly windows: readonly Window[];
  /** How late sessions started, ms. */
  readonly lateness: Sketch;
  readonly sessionsPlanned: number;
  readonly submissionsReceived: number;
  /** k6's own count of the same run; null when k6 did not live to write it. */
  readonly totals: K6Totals | null;
  readonly abandoned: Readonly<Record<string, number>>;
  readonly fidelity: Fidelity;
  readonly generator: Generator;
}

type StepJson = { readonly sketch: SketchJson; readonly total: number; readonly failed: number };
export type SamplesJson = Omit<Samples, 'windows' | 'lateness'> & {
  readonly version: 1;
  readonly windows: readonly {
    readonly startMs: number;
    readonly steps: Readonly<Record<string, StepJson>>;
  }[];
  readonly lateness: SketchJson;
};

export function samplesToJson(samples: Samples): SamplesJson {
  return {
    ...samples,
    version: 1,
    lateness: samples.lateness.toJSON(),
    windows: samples.windows.map(({ startMs, steps }) => ({
      startMs,
      steps: Object.fromEntries(
        [...steps].map(([step, { sketch, total, failed }]) => [
          step,
          { sketch: sketch.toJSON(), total, failed },
        ]),
      ),
    })),
  };
}

export function samplesFromJson({ version, ...json }: SamplesJson): Samples {
  if (version !== 1) throw new Error(`samples of version ${version} are unknown`);
  return {
    ...json,
    lateness: Sketch.from(json.lateness),
    windows: json.windows.map(({ startMs, steps }) => ({
      startMs,
      steps: new Map(
        Object.entries(steps).map(([step, { sketch, total, failed }]) => [
          step as ShopperCall,
          { sketch: Sketch.from(sketch), total, failed },
        ]),
      ),
    })),
  };
}

/** A stretch of time that objectives leave out: a fault and the while the shop needs to settle after it. */
export interface Exclusion {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One step over all windows that no exclusion touches. A call is in the window it was sent in, so the window before a
 * fault goes too: its calls may have been answered inside the fault. */
export function stepOutside(
  samples: readonly Samples[],
  exclusions: readonly Exclusion[],
  steps: readonly ShopperCall[],
): StepWindow {
  const whole = { sketch: new Sketch(), total: 0, failed: 0 };
  for (const { windows, windowMs } of samples) {
    for (const { startMs, steps: measured } of windows) {
      const touched = exclusions.some(
        ({ fromMs, toMs }) => startMs < toMs && startMs + 2 * windowMs > fromMs,
      );
      if (touched) continue;
      for (const step of steps) {
        const window = measured.get(step);
        if (window === undefined) continue;
        whole.sketch.merge(window.sketch);
        whole.total += window.total;
        whole.failed += window.failed;
      }
    }
  }
  return whole;
}
