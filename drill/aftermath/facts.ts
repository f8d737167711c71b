// What became of each act, as it stands in the evidence.
import { z } from 'zod';

const epochMs = z.number().min(0);

export const actFacts = z.object({
  act: z.string(),
  came_off: z.boolean(),
  detail: z.string(),
  /** Alerts that it makes speak. */
  wakes: z.array(z.string()),
  started_ms: epochMs,
  ended_ms: epochMs,
});
export type ActFacts = z.infer<typeof actFacts>;
