// How the two payment providers differ, as real ones do: what an Idempotency-Key protects, and what they charge.
import type { Provider } from '../../core/telemetry/metrics/payment.ts';

export interface Profile {
  /** Whether captures and refunds are replayed by key. Authorisations are, at both. */
  readonly replaysOperations: boolean;
  /** Fee of a capture: `basisPoints` of its amount, half a minor unit rounded up, and a fixed part. */
  readonly fee: { readonly basisPoints: number; readonly fixedMinor: number };
  /** Fee of a dispute that was lost. */
  readonly disputeFeeMinor: number;
}

/** A key is remembered this long, as Stripe's are; the same key later is a new request. */
export const keyLivesMs = 24 * 3_600_000;

export const profiles: Readonly<Record<Provider, Profile>> = {
  'psp-primary': {
    replaysOperations: true,
    fee: { basisPoints: 140, fixedMinor: 20 },
    disputeFeeMinor: 1500,
  },
  // The cheaper integration of an older provider: a second capture is an error though the money moved, and a second
  // refund is a second refund (alphagov/pay-connector#443 met the former).
  'psp-backup': {
    replaysOperations: false,
    fee: { basisPoints: 190, fixedMinor: 25 },
    disputeFeeMinor: 2000,
  },
};
