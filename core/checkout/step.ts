// One step of the checkout sequence: a span and a duration of its own, whatever comes of it.
import type { Instruments } from '../telemetry/instruments.ts';
import { checkoutStepDuration } from '../telemetry/metrics/checkout.ts';
import { withSpan } from '../telemetry/tracing.ts';
import type { StepName } from './steps.ts';

export type RunStep = <T>(name: StepName, work: () => Promise<T> | T) => Promise<T>;

export const stepsWith =
  (instruments: Instruments): RunStep =>
  (name, work) =>
    withSpan(`checkout ${name}`, {}, async () => {
      const started = performance.now();
      try {
        return await work();
      } finally {
        instruments.observe(checkoutStepDuration, { step: name }, (performance.now() - started) / 1000);
      }
    });
