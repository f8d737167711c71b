// Homebrew installs for the user, without root and without starting a service; its prefix is then on the PATH.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { installIntoCache } from './cache.ts';
import { runCommand } from './command.ts';
import type { InstallContext, InstallOutcome } from './install.ts';
import type { Part, Source } from './part.ts';

export async function brewSource(
  part: Part,
  source: Extract<Source, { kind: 'brew' }>,
  context: InstallContext,
): Promise<InstallOutcome> {
  const { env, signal, cache } = context;
  const brew = (args: readonly string[], withinMs: number) =>
    runCommand('brew', args, { env, signal, withinMs });
  if (!(await brew(['--version'], 10_000)).ok)
    return { kind: 'unavailable', reason: 'Homebrew is not on this system' };
  context.progress.note(`${part.title}: brew install ${source.formula}`);
  const installed = await brew(['install', '--quiet', source.formula], 600_000);
  if (!installed.ok) return { kind: 'failed', reason: `brew: ${installed.complaint}` };
  const prefix = (await brew(['--prefix', source.formula], 10_000)).stdout.trim();
  // Versioned formulae are not linked onto the PATH, so the cache remembers where this one is.
  await installIntoCache(
    cache,
    part.name,
    `brew-${source.formula.replace(/\W/g, '-')}`,
    async (directory) => {
      symlinkSync(prefix, join(directory, 'prefix'));
      return { origin: `brew ${source.formula}`, binaries: 'prefix/bin', libraries: [] };
    },
  );
  return { kind: 'installed' };
}
