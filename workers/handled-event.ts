// An event is done when its last consumer has handled it, whichever that was; from then on nobody looks for it.
import type { OrderEventV1 } from '../core/contracts/events.ts';
import type { Handled } from '../core/outbox/inbox.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { pipelineEventAge } from '../core/telemetry/metrics/pipeline.ts';
import { consumersOf } from './queues.ts';

export const handledOf = ({ event_id, type }: OrderEventV1): Handled => ({
  event_id,
  consumers: consumersOf[type].length,
});

/** `ageSeconds` is null while another consumer still has to handle the event, or when it was done before. */
export function observeDone(instruments: Instruments, ageSeconds: number | null): void {
  if (ageSeconds !== null) instruments.observe(pipelineEventAge, {}, Math.max(0, ageSeconds));
}
