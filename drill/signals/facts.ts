// What was seen of the signals in a run, as it stands in the evidence.
import { z } from 'zod';
import { serviceNames } from '../../core/telemetry/metrics/metric.ts';

const logFacts = z.object({
  lines: z.number().int().min(0),
  /** Not one JSON object with time, level, service and event. */
  unreadable: z.number().int().min(0),
  /** Holding what looks like a card number or an e-mail address. */
  leaking: z.number().int().min(0),
  /** Written while a request or a job was in hand, by its event, and without its trace id. */
  untraced: z.number().int().min(0),
  events: z.array(z.string()),
});
export type LogFacts = z.infer<typeof logFacts>;

const byService = <T extends z.ZodType>(schema: T) => z.record(z.enum(serviceNames), schema);

export const signalFacts = z.object({
  /** Names that a scrape of the service held at the end of the run. */
  metrics: byService(z.array(z.string())),
  logs: byService(logFacts),
  /** Trace ids that the exemplars of each histogram lead to. */
  exemplars: z.record(z.string(), z.array(z.string())),
});
export type SignalFacts = z.infer<typeof signalFacts>;
