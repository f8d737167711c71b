// The load generator gets too few virtual users: what was asked of the shop is not what was planned, so nothing may be
// said of the shop, neither good nor bad.
import type { Sabotage } from './sabotage.ts';

export const starvedVus = 12;

export const starvedGenerator: Sabotage = {
  name: 'starved-generator',
  breaks: `the load generator has ${starvedVus} virtual users for a load that needs hundreds`,
  firstReason: 'generator-kept-up',
  exitCode: 4,
  maxVus: starvedVus,
};
