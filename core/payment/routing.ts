// Which provider an order goes to, in order of preference.
import type { Provider } from '../telemetry/metrics/payment.ts';
import type { Psp } from './psp.ts';
import { pspBackup } from './psp-backup.ts';
import { pspPrimary } from './psp-primary.ts';

/** The explicit list: adding a provider is adding its file here. */
export const psps: readonly Psp[] = [pspPrimary, pspBackup];

/** The first provider of the list that takes new work and was not tried; null when there is none. */
export function route(
  takesWork: (provider: Provider) => boolean,
  tried: ReadonlySet<string> = new Set(),
): Provider | null {
  return psps.find(({ provider }) => !tried.has(provider) && takesWork(provider))?.provider ?? null;
}
