// verdict.json: the machine-readable verdict. Its published schema is drill/verdict.schema.json.
import type { CheckResult, Verdict } from '../loadtests/gate/verdict.ts';
import type { Detection, FalseAlarm } from './detection.ts';
import type { ExperimentFacts, RunFacts } from './facts.ts';

export const verdictSchemaVersion = 1;

export interface VerdictFile {
  readonly schema: typeof verdictSchemaVersion;
  readonly run_id: string;
  readonly verdict: Verdict;
  readonly exit_code: 0 | 1 | 3 | 4;
  /** What decided it, most important first. */
  readonly reasons: readonly CheckResult[];
  readonly checks: readonly CheckResult[];
  readonly mode: RunFacts['mode'];
  readonly sabotage: string | null;
  /** Name of the alert whose history was primed; absent in an ordinary drill. */
  readonly primed?: string;
  /** Orders a minute: as recorded, and as replayed at the peak of this run. "Go" is said of the second. */
  readonly load: {
    readonly recorded_peak_orders_per_minute: number;
    readonly replayed_peak_orders_per_minute: number;
    readonly times_recorded: number;
  };
  readonly phases_completed: readonly string[];
  readonly alerts: readonly Detection[];
  readonly false_alarms: readonly FalseAlarm[];
  readonly experiments: readonly Pick<
    ExperimentFacts,
    'id' | 'status' | 'bites' | 'first_bite_ms' | 'undone_ms'
  >[];
}
