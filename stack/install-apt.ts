// Debian and Ubuntu: packages are downloaded and unpacked into the cache. Nothing is installed on the system, no service is
// started, root is not needed; even the package lists are our own when the system's are empty or out of date.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { exclusively, installIntoCache } from './cache.ts';
import { type CommandResult, runCommand } from './command.ts';
import type { InstallContext, InstallOutcome } from './install.ts';
import type { Part, Source } from './part.ts';
import { relocate } from './relocate.ts';

type AptSource = Extract<Source, { kind: 'apt' }>;

// What a program does not need to run: scripts and fonts of its web pages.
const notNeeded = /^(libjs-|fonts-|node-)/;

export async function aptSource(
  part: Part,
  source: AptSource,
  context: InstallContext,
): Promise<InstallOutcome> {
  const { cache, signal, progress } = context;
  const options = { env: { ...context.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }, signal };
  if (!(await runCommand('apt-get', ['--version'], { ...options, withinMs: 10_000 })).ok)
    return { kind: 'unavailable', reason: 'apt is not on this system' };
  progress.note(
    `${part.title}: unpacking Debian's ${source.packageName} into ${cache} (nothing is installed)`,
  );

  let failure = '';
  // The system's own lists first; lists of ours when those are empty, unknown to the package, or point at files that are gone.
  for (const lists of ['system', 'own'] as const) {
    const apt = (args: readonly string[], cwd?: string) =>
      runCommand('apt-get', [...listOptions(lists, cache), ...args], { ...options, cwd, withinMs: 300_000 });
    if (lists === 'own') {
      const updated = await updateOnce(context, () => apt(['update']));
      if (!updated.ok) return { kind: 'failed', reason: `apt-get update: ${updated.complaint}` };
    }
    const simulated = await apt([
      'install',
      '--simulate',
      '--no-install-recommends',
      '--reinstall',
      source.packageName,
    ]);
    const packages = packagesIn(simulated);
    if (packages.length === 0) {
      failure = simulated.complaint;
      continue;
    }
    const fetched = await unpack(part, source, packages, apt, context);
    if (fetched === null) return { kind: 'installed' };
    failure = fetched;
  }
  return { kind: 'failed', reason: `apt: ${failure}` };
}

const updates = new Map<string, Promise<CommandResult>>();

/** Several parts ask at the same time; apt's own locks are off, because they are the system's. */
function updateOnce(
  { cache, progress, signal }: InstallContext,
  update: () => Promise<CommandResult>,
): Promise<CommandResult> {
  const going = updates.get(cache);
  if (going !== undefined) return going;
  progress.note('reading the package lists (apt-get update into the cache)');
  const started = exclusively(cache, 'apt-lists', signal, update);
  updates.set(cache, started);
  return started;
}

function listOptions(lists: 'system' | 'own', cache: string): string[] {
  // apt's sandbox account cannot write into a home directory; we are who we are.
  const common = ['-q', '-o', 'APT::Sandbox::User=root'];
  if (lists === 'system') return common;
  const home = join(cache, '.apt');
  for (const directory of ['lists/partial', 'archives/partial'])
    mkdirSync(join(home, directory), { recursive: true });
  return [
    ...common,
    ...['-o', `Dir::State::Lists=${join(home, 'lists')}`, '-o', `Dir::Cache=${home}`],
    ...['-o', 'Debug::NoLocking=1'],
  ];
}

/** A simulated install lists exactly what this system lacks: `Inst libjemalloc2 (5.3.0-1 …)`. */
export function packagesIn(simulated: Pick<CommandResult, 'stdout'>): string[] {
  return [...simulated.stdout.matchAll(/^Inst (\S+)/gm)]
    .map((match) => match[1]!)
    .filter((name) => !notNeeded.test(name));
}

type Apt = (args: readonly string[], cwd?: string) => Promise<CommandResult>;

/** null when it worked, else what went wrong. */
async function unpack(
  part: Part,
  { packageName, compiledIn }: AptSource,
  packages: readonly string[],
  apt: Apt,
  context: InstallContext,
): Promise<string | null> {
  let failure: string | null = null;
  await installIntoCache(context.cache, part.name, `apt-${packageName}`, async (directory) => {
    const downloaded = await apt(['download', ...packages], directory);
    if (!downloaded.ok) throw new Error(downloaded.complaint);
    const root = join(directory, 'root');
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.deb'))) {
      const done = await runCommand('dpkg-deb', ['-x', join(directory, file), root], { withinMs: 60_000 });
      if (!done.ok) throw new Error(done.complaint);
      await runCommand('rm', ['-f', join(directory, file)], { withinMs: 10_000 });
    }
    if (compiledIn !== undefined) relocate(join(root, compiledIn.program), compiledIn.directory);
    const binaries = programDirectory(root, part);
    if (binaries === null) throw new Error(`${packageName} does not hold ${part.binaries.join(' and ')}`);
    return {
      origin: `apt ${packageName}`,
      binaries: relative(directory, binaries),
      libraries: libraryDirectories(root).map((place) => relative(directory, place)),
    };
  }).catch((error: Error) => {
    failure = error.message;
  });
  return failure;
}

function programDirectory(root: string, part: Part): string | null {
  const versioned = join(root, 'usr/lib/postgresql');
  const places = [
    join(root, 'usr/bin'),
    join(root, 'usr/sbin'),
    ...(existsSync(versioned)
      ? readdirSync(versioned).map((version) => join(versioned, version, 'bin'))
      : []),
  ];
  const holds = (place: string) =>
    part.binaries.every((name) =>
      [name, ...(part.alsoCalled?.[name] ?? [])].some((called) => existsSync(join(place, called))),
    );
  return places.find(holds) ?? null;
}

function libraryDirectories(root: string): string[] {
  const found: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    const place = join(root, parent);
    if (!existsSync(place)) continue;
    found.push(place);
    for (const entry of readdirSync(place, { withFileTypes: true }))
      if (entry.isDirectory() && /-linux-/.test(entry.name)) found.push(join(place, entry.name));
  }
  return found;
}
