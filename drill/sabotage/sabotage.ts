// What a sabotage is: a bug planted from outside, and the check that must say so first. One file each beside this one,
// joined by the explicit list in sabotages.ts. The shop's own code holds no switch for any of them.
import type { ProviderFault } from '../../chaos/experiments/experiment.ts';
import type { CheckName } from '../checks.ts';

export interface Sabotage {
  readonly name: string;
  /** What is broken, in one sentence. */
  readonly breaks: string;
  /** Must be reasons[0]. */
  readonly firstReason: CheckName;
  readonly exitCode: 1 | 4;
  /** Found by a primed drill and by no other. */
  readonly onlyPrimed?: true;
  /** Run as the database's owner after migration and seed, before the first shopper. */
  readonly sql?: readonly string[];
  /** Edits a copy of the rule file; throws when the anchor is not there. */
  readonly editRules?: (text: string) => string;
  /** Edits a copy of the dashboard's JSON; throws when the anchor is not there. */
  readonly editDashboard?: (text: string) => string;
  /** Latency in the provider lab, from before the baseline until after the replay. */
  readonly faults?: readonly ProviderFault[];
  /** Virtual users the load generator may have. */
  readonly maxVus?: number;
  /** Changes one row of each collected ledger, in turn. */
  readonly doctorsLedgers?: true;
}
