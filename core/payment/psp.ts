// What a payment provider's contract says, as far as the shop relies on it; one file a provider beside this one.
import type { Config } from '../config.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';

export interface Psp {
  readonly provider: Provider;
  readonly baseUrl: (config: Config) => string;
  /** Statuses by which the provider promises that nothing was executed. Only these, a refused connection and our
      own breaker prove it; every other answer than a decision leaves the outcome unknown. */
  readonly notExecuted: readonly number[];
  /** Statuses by which it refuses the request for good (a token it does not know): no charge, no other provider. */
  readonly refused: readonly number[];
  /** The `error` by which it says that the key came before with another body: something ran under it, so unknown. */
  readonly keyReused: string;
  /** The `error` by which it says that we voided the reference: nothing is held under it, and nothing will be. */
  readonly referenceVoided: string;
  /** The `error` by which it says that a charge is captured, without a word on whose capture that was. */
  readonly alreadyCaptured: string;
  /** What it replays by Idempotency-Key. Where it does not, the same key again moves money again, and only its answer
      to "what became of this key?" makes a retry safe (alphagov/pay-connector#443). */
  readonly idempotent: Readonly<Record<'authorize' | 'capture' | 'refund', boolean>>;
  /** What was agreed: of each capture so many basis points, half a minor unit rounded up, and a fixed part; of each lost
      dispute a fixed sum. */
  readonly fee: {
    readonly basisPoints: number;
    readonly fixedMinor: number;
    readonly lostDisputeMinor: number;
  };
}
