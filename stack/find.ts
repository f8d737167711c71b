// Finding a part that is already on the machine: environment, PATH, Headroom's cache. Installs nothing.
import { constants, type Dirent } from 'node:fs';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { FoundPart, Part } from './part.ts';
import { UsageError } from './usage-error.ts';
import { compareVersions, versionOf } from './version.ts';

export interface Search {
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
}

/** A candidate that was looked at and left: named in the doctor's table and in the error. */
interface Rejected {
  readonly path: string;
  readonly reason: string;
}

export type Finding =
  | { readonly kind: 'found'; readonly part: FoundPart; readonly rejected: readonly Rejected[] }
  | { readonly kind: 'missing'; readonly rejected: readonly Rejected[] };

interface Candidate {
  readonly directory: string;
  readonly origin: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function findPart(part: Part, search: Search): Promise<Finding> {
  const forced = await fromEnvironment(part, search.env);
  if (forced !== null) return { kind: 'found', part: forced, rejected: [] };
  const rejected: Rejected[] = [];
  for (const candidate of await candidates(part, search)) {
    const examined = await examine(part, candidate);
    if (examined === null) continue;
    if ('reason' in examined) rejected.push(examined);
    else return { kind: 'found', part: examined, rejected };
  }
  return { kind: 'missing', rejected };
}

/** What the user names is used or refused, never silently replaced by something else. */
async function fromEnvironment(part: Part, env: NodeJS.ProcessEnv): Promise<FoundPart | null> {
  const url = part.urlVariable === undefined ? undefined : env[part.urlVariable];
  if (url) {
    const origin = `${part.urlVariable}`;
    return { name: part.name, version: 'running', origin, binaries: {}, environment: {}, externalUrl: url };
  }
  const path = env[part.pathVariable];
  if (!path) return null;
  const said = `${part.pathVariable}=${path}`;
  const status = await stat(path).catch(() => null);
  if (status === null) throw new UsageError(`${said}: there is no such file or directory`);
  if (status.isFile() && part.binaries.length === 1) {
    const version = await versionOf(part, path, {});
    assertUsable(part, said, version);
    const binaries = { [part.binaries[0]]: resolve(path) };
    return { name: part.name, version, origin: part.pathVariable, binaries, environment: {} };
  }
  const directory = status.isFile() ? dirname(resolve(path)) : resolve(path);
  const examined = await examine(part, { directory, origin: part.pathVariable, environment: {} });
  if (examined === null)
    throw new UsageError(`${said}: ${directory} does not hold ${part.binaries.join(' and ')}`);
  if ('reason' in examined) throw new UsageError(`${said}: ${examined.reason}`);
  return examined;
}

function assertUsable(part: Part, said: string, version: string | null): asserts version is string {
  const reason = refusal(part, version);
  if (reason !== null) throw new UsageError(`${said}: ${reason}`);
}

function refusal(part: Part, version: string | null): string | null {
  if (version === null) return `it does not run here as ${part.title} (asked for its version)`;
  if (compareVersions(version, part.minimumVersion) >= 0) return null;
  return `${part.title} ${version} is too old, at least ${part.minimumVersion} is needed`;
}

async function candidates(part: Part, search: Search): Promise<Candidate[]> {
  const onPath = (search.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => ({ directory, origin: 'PATH', environment: {} }));
  return [...onPath, ...(await offPath(part)), ...(await cached(part, search.cache))];
}

async function offPath(part: Part): Promise<Candidate[]> {
  if (part.versionedDirectories === undefined) return [];
  const { parent, below } = part.versionedDirectories;
  const versions = await readdir(parent).catch(() => []);
  return versions
    .filter((version) => /^\d+(\.\d+)*$/.test(version))
    .sort((a, b) => compareVersions(b, a))
    .map((version) => ({ directory: join(parent, version, below), origin: 'system', environment: {} }));
}

/** What cache.ts writes beside an installed part. */
export interface CacheManifest {
  readonly origin: string;
  /** Relative to the manifest. */
  readonly binaries: string;
  readonly libraries: readonly string[];
}

export const manifestFile = 'part.json';

async function cached(part: Part, cache: string): Promise<Candidate[]> {
  const entries: Dirent[] = await readdir(cache, { withFileTypes: true }).catch(() => []);
  const found: Candidate[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || !entry.name.startsWith(`${part.name}-`)) continue;
    const home = join(cache, entry.name);
    const text = await readFile(join(home, manifestFile), 'utf8').catch(() => null);
    if (text === null) continue;
    const manifest = JSON.parse(text) as CacheManifest;
    const libraries = manifest.libraries.map((directory) => join(home, directory)).join(delimiter);
    const environment = libraries === '' ? {} : { LD_LIBRARY_PATH: libraries };
    found.push({
      directory: join(home, manifest.binaries),
      origin: `cache (${manifest.origin})`,
      environment,
    });
  }
  return found;
}

async function examine(part: Part, candidate: Candidate): Promise<FoundPart | Rejected | null> {
  const binaries: Record<string, string> = {};
  for (const name of part.binaries) {
    const path = await firstExecutable(candidate.directory, [name, ...(part.alsoCalled?.[name] ?? [])]);
    if (path === null) return null;
    binaries[name] = path;
  }
  const first = binaries[part.binaries[0]]!;
  const version = await versionOf(part, first, candidate.environment);
  const reason = refusal(part, version);
  if (reason !== null) return { path: first, reason };
  const { origin, environment } = candidate;
  return { name: part.name, version: version!, origin, binaries, environment };
}

async function firstExecutable(directory: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const path = join(directory, name);
    const usable = await access(path, constants.X_OK).then(
      async () => (await stat(path)).isFile(),
      () => false,
    );
    // The link itself, not what it leads to: redis-server is a link whose name decides what the program does.
    if (usable) return path;
  }
  return null;
}
