// What an experiment is. One file each beside this one, joined by the explicit list in experiments.ts.
import type { Provider } from '../../core/telemetry/metrics/payment.ts';

/** Where in the provider's work a fault bites; see chaos/lab/README.md. */
export type EffectPosition = 'before' | 'after' | 'late' | 'slow' | 'error';

export interface ProviderFault {
  readonly id: string;
  readonly provider: Provider | 'tax' | 'rates' | 'fraud';
  readonly operation: 'authorize' | 'query' | 'void' | 'quote' | 'screen' | 'any';
  readonly mix: readonly {
    readonly position: EffectPosition;
    readonly share: number;
    readonly delayMs: number;
  }[];
}

export interface ExpectedAlert {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Share of the SLI's events that are bad while the fault lasts: input of the time-to-detect arithmetic. */
  readonly badShare?: number;
  /** Bad events a threshold needs, and how long one takes to be counted: a timeout is counted when it has passed. */
  readonly minEvents?: number;
  readonly signalDelaySeconds?: number;
}

export interface Experiment {
  readonly id: string;
  readonly hypothesis: string;
  readonly faults: readonly ProviderFault[];
  /** Every probe must hold before the fault starts. */
  readonly steadyState: { readonly minSubmissions: number; readonly minGoodShare: number };
  /** The fault is undone and the run ends when this is broken for `forSeconds`. */
  readonly abort: {
    readonly maxInvariantViolations: number;
    readonly minGoodShare: number;
    readonly forSeconds: number;
  };
  /** Fewer bitten calls than this proves nothing: the outcome is then unknown, never green. */
  readonly minBites: number;
  readonly expectAlerts: readonly ExpectedAlert[];
  readonly mustStaySilent: readonly string[];
  readonly customersStillCan: string;
  readonly runbook: string;
}
