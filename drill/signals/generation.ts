// What it takes to make everything that is generated, once, as a fresh process does it: rules with all that is made of them,
// dashboards, and the proofs as promtool reads them. In processor time: beside other work the clock would tell of that.
import { generate as generateAlerts } from '../../alerts/generate.ts';
import { allProofs } from '../../alerts/proofs/all-proofs.ts';
import { promtoolFiles } from '../../alerts/proofs/suite.ts';
import { generate as generateDashboards } from '../../dashboards/generate.ts';

/** Short enough that nobody minds running it before every commit. */
export const generationLimitSeconds = 2;

export interface Generated {
  readonly what: string;
  readonly files: number;
  readonly seconds: number;
}

export function timeGeneration(): Generated[] {
  const timed = (what: string, make: () => number): Generated => {
    const before = process.cpuUsage();
    const files = make();
    const { user, system } = process.cpuUsage(before);
    return { what, files, seconds: (user + system) / 1_000_000 };
  };
  return [
    timed('rules, exports and runbooks', () => generateAlerts().size),
    timed('dashboards', () => generateDashboards().size),
    timed('proofs', () => allProofs('closed').flatMap((proof) => promtoolFiles(proof)).length),
  ];
}
