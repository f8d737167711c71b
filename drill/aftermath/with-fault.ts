// A provider that fails while an act needs it to. The undo is on disk before the fault is, and the fault holds a lease.
import type { ProviderFault } from '../../chaos/experiments/experiment.ts';
import { providerEffect } from '../../chaos/faults/provider.ts';
import { until } from '../../stack/until.ts';
import type { Scene } from './scene.ts';

export async function withFault<T>(
  { booted, diary, runId, seed, signal }: Scene,
  fault: ProviderFault,
  work: (bitten: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const effect = providerEffect(fault, { controlUrl: booted.lab.url, runId, seed });
  const { sentence, undo } = effect.plan();
  const bites = async () => ((await effect.verify()).report?.bitten ?? 0) > 0 || null;
  await diary.journal.write(runId, { kind: 'undo', undo, sentence });
  try {
    await effect.apply();
    return await work(async () => {
      await until(`a bite of ${fault.id}`, bites, { withinMs: 20_000, everyMs: 10, signal });
    });
  } finally {
    await effect.undo();
    await diary.journal.write(runId, { kind: 'undone', fault_id: undo.fault_id });
  }
}
