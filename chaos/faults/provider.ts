// A provider that fails by effect position, on a lease that this process keeps renewing while it lives.
import type { ProviderFault } from '../experiments/experiment.ts';
import type { Effect } from './effect.ts';
import { endFault, listFaults, putFault } from './lab-control.ts';

export const leaseMs = 5_000;
/** Two renewals may be lost before the lease is. */
const renewEveryMs = 1_500;

export interface ProviderEffectOptions {
  readonly controlUrl: string;
  /** Makes the fault's id unique among runs, so that bites of an older run are never counted. */
  readonly runId: string;
  readonly seed: number;
}

export function providerEffect(fault: ProviderFault, options: ProviderEffectOptions): Effect {
  const { controlUrl, runId, seed } = options;
  const faultId = `${runId}-${fault.id}`;
  const lease = {
    provider: fault.provider,
    operation: fault.operation,
    mix: fault.mix.map(({ position, share, delayMs }) => ({ position, share, delay_ms: delayMs })),
    seed,
    lease_ms: leaseMs,
  };
  const renewing = new AbortController();
  let renewal: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function renewLater(): void {
    timer = setTimeout(() => {
      // A lost renewal is seen by verify(): the lab lists the fault as ended before we ended it.
      renewal = putFault(controlUrl, faultId, lease)
        .catch(() => undefined)
        .then(() => {
          if (!renewing.signal.aborted) renewLater();
        });
    }, renewEveryMs);
  }
  const verify: Effect['verify'] = async () => {
    const report = (await listFaults(controlUrl)).find((known) => known.id === faultId) ?? null;
    if (report === null) return { presence: 'never_started', report };
    return { presence: report.ended_ms === null ? 'live' : 'ended', report };
  };

  return {
    plan: () => ({
      sentence: `${fault.provider} ${fault.operation}: ${fault.mix
        .map((part) => `${Math.round(part.share * 100)} % ${part.position} (${part.delayMs} ms)`)
        .join(', ')}`,
      undo: { kind: 'provider-fault', fault_id: faultId },
    }),
    async apply() {
      await putFault(controlUrl, faultId, lease);
      renewLater();
    },
    verify,
    async undo() {
      renewing.abort();
      clearTimeout(timer);
      // A renewal still under way would bring the fault back after its end.
      await renewal;
      await endFault(controlUrl, faultId);
    },
  };
}
