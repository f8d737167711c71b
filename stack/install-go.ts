// Programs built from their Go module at a pinned version.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { installIntoCache } from './cache.ts';
import { runCommand } from './command.ts';
import type { InstallContext, InstallOutcome } from './install.ts';
import type { Part, Source } from './part.ts';

export async function goSource(
  part: Part,
  source: Extract<Source, { kind: 'go' }>,
  context: InstallContext,
): Promise<InstallOutcome> {
  const { env, signal, cache, progress } = context;
  if (!(await runCommand('go', ['version'], { env, signal, withinMs: 10_000 })).ok)
    return { kind: 'unavailable', reason: 'Go is not on this system' };
  progress.note(`${part.title}: building ${source.module}@${source.version} (a minute or two, once)`);
  let failure: string | undefined;
  await installIntoCache(cache, part.name, `go-${source.version}`, async (directory) => {
    const built = await runCommand('go', ['install', `${source.module}@${source.version}`], {
      // GOFLAGS of a user's project (-mod=vendor) do not apply to a tool.
      env: { ...env, GOBIN: directory, GOFLAGS: '' },
      signal,
      withinMs: 900_000,
    });
    if (!built.ok) throw new Error(built.complaint);
    renameSync(join(directory, source.binary), join(directory, part.binaries[0]));
    return { origin: `go install ${source.version}`, binaries: '.', libraries: [] };
  }).catch((error: Error) => {
    failure = error.message;
  });
  return failure === undefined ? { kind: 'installed' } : { kind: 'failed', reason: `go install: ${failure}` };
}
