// Both at once: money charged twice is red on any machine, also on one that cannot generate the load.
import { lostIdempotencyKey } from './lost-idempotency-key.ts';
import type { Sabotage } from './sabotage.ts';
import { starvedVus } from './starved-generator.ts';

export const starvedDoubleCharge: Sabotage = {
  ...lostIdempotencyKey,
  name: 'starved-double-charge',
  breaks: `${lostIdempotencyKey.breaks}; and the load generator is starved`,
  maxVus: starvedVus,
};
