// The resolver: environment, PATH, cache, then the sources of the recipe in their order, then one error that says what to do.
import { alertmanager } from './alertmanager.ts';
import { exclusively } from './cache.ts';
import { type Finding, findPart } from './find.ts';
import { adviceFor, type InstallContext, install } from './install.ts';
import { k6 } from './k6.ts';
import type { FoundPart, Part, PartName } from './part.ts';
import { cacheDirectory } from './places.ts';
import { postgres } from './postgres.ts';
import type { Progress } from './progress.ts';
import { prometheus } from './prometheus.ts';
import { redis } from './redis.ts';
import { toxiproxy } from './toxiproxy.ts';
import { UsageError } from './usage-error.ts';

/** In the order they are got: what takes longest to build first. */
const parts = [k6, toxiproxy, postgres, redis, prometheus, alertmanager] as const satisfies readonly Part[];

export const partNamed = (name: PartName): Part => parts.find((part) => part.name === name)!;

export interface ResolveOptions {
  readonly progress: Progress;
  readonly env?: NodeJS.ProcessEnv;
  readonly cache?: string;
  readonly signal?: AbortSignal | undefined;
}

export type Parts = Readonly<Record<PartName, FoundPart>>;

/** Gets every part, in parallel. Throws one UsageError that names all that cannot be had. */
export async function resolveParts(options: ResolveOptions): Promise<Parts> {
  const settled = await Promise.allSettled(parts.map((part) => resolvePart(part, options)));
  options.signal?.throwIfAborted();
  const failures = settled.filter((one) => one.status === 'rejected').map((one) => one.reason as Error);
  const bug = failures.find((error) => error.name !== 'UsageError');
  if (bug !== undefined) throw bug;
  if (failures.length > 0) throw new UsageError(failures.map((error) => error.message).join('\n'));
  const found = settled.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  return Object.fromEntries(found.map((part) => [part.name, part])) as Parts;
}

export async function resolvePart(part: Part, options: ResolveOptions): Promise<FoundPart> {
  const context = contextOf(options);
  const first = await findPart(part, context);
  if (first.kind === 'found') return first.part;
  return await exclusively(context.cache, part.name, context.signal, () => getPart(part, context));
}

async function getPart(part: Part, context: InstallContext): Promise<FoundPart> {
  const tried: string[] = [];
  // Somebody else may have installed it while this run waited for the lock.
  let finding: Finding = await findPart(part, context);
  for (const source of part.sources) {
    if (finding.kind === 'found') return finding.part;
    context.signal?.throwIfAborted();
    const outcome = await install(part, source, context);
    if (outcome.kind !== 'installed') tried.push(outcome.reason);
    finding = await findPart(part, context);
  }
  if (finding.kind === 'found') return finding.part;
  throw new UsageError(missing(part, finding, tried));
}

function missing(part: Part, finding: Finding, tried: readonly string[]): string {
  const url = part.urlVariable === undefined ? [] : [`set ${part.urlVariable} to a server that runs`];
  const ways = [
    `set ${part.pathVariable} to ${part.binaries.length > 1 ? 'the directory that holds it' : 'its path'}`,
    ...url,
    ...part.sources.map(adviceFor),
    `copy it out of the container image ${part.containerImage}`,
  ];
  const lines = [
    `${part.title} ${part.minimumVersion} or newer (${part.binaries.join(', ')}) is needed and was not found.`,
    ...finding.rejected.map(({ path, reason }) => `  not used: ${path}: ${reason}`),
    ...tried.map((reason) => `  tried: ${reason}`),
    '  any one of these helps:',
    ...ways.map((way) => `    - ${way}`),
  ];
  return lines.join('\n');
}

function contextOf({ progress, env = process.env, cache, signal }: ResolveOptions): InstallContext {
  return { env, cache: cache ?? cacheDirectory(env), progress, signal };
}

export interface Inspection {
  readonly part: Part;
  /** A forced part that is unusable has no finding but an error. */
  readonly finding: Finding | { readonly kind: 'unusable'; readonly error: string };
}

/** For the doctor: looks, installs nothing. */
export function inspectParts(options: Omit<ResolveOptions, 'progress'>): Promise<Inspection[]> {
  const env = options.env ?? process.env;
  const search = { env, cache: options.cache ?? cacheDirectory(env) };
  return Promise.all(
    parts.map(async (part) => ({
      part,
      finding: await findPart(part, search).catch((error: Error) => {
        if (error.name !== 'UsageError') throw error;
        return { kind: 'unusable', error: error.message } as const;
      }),
    })),
  );
}
