// The ground a shop stands on without its watchers: what bench and crash proofs boot, in seconds and with durable commits.
import { dirname } from 'node:path';
import { openRun, type Run } from '../stack/run.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { stateDirectory } from '../stack/places.ts';
import type { Progress } from '../stack/progress.ts';
import type { ShopEnvironment } from '../stack/shop.ts';
import { newServiceToken, prepareDatabase, roleUrls, startParts } from './below.ts';

export interface GroundOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly stateDirectory?: string | undefined;
  readonly labFlags?: readonly string[];
}

export type Ground = Awaited<ReturnType<typeof openGround>>;

export async function openGround(options: GroundOptions) {
  const { progress, signal } = options;
  const run = await openRun({
    stateDirectory: options.stateDirectory ?? stateDirectory(),
    progress,
    signal,
  });
  try {
    return { run, ...(await lay(run, options)) };
  } catch (error) {
    // The first failure is the one to report; a stop that fails as well must not hide it.
    await run.stop().catch((stopError: Error) => progress.note(stopError.message));
    throw error;
  }
}

async function lay(run: Run, { progress, signal, labFlags }: GroundOptions) {
  progress.phase('start PostgreSQL, Redis, mail sink, provider lab');
  const [postgresPart, redisPart] = await Promise.all(
    (['postgres', 'redis'] as const).map((name) => resolvePart(partNamed(name), { progress, signal })),
  );
  const found = { postgres: postgresPart!, redis: redisPart! };
  const parts = await startParts(run, found, run.directory, labFlags);
  progress.phase('migrate and seed');
  const databaseUrls = roleUrls(parts.postgres.url, await prepareDatabase(parts.postgres.url));
  const environment: ShopEnvironment = {
    databaseUrls,
    redisUrl: parts.redis.url,
    smtpUrl: parts.smtp.url,
    serviceToken: newServiceToken(),
    providerUrls: parts.lab.providerUrls,
  };
  const server = found.postgres.binaries.postgres;
  /** Where the server's own programs are; none for a server of the user's. */
  const postgresPrograms = server === undefined ? null : dirname(server);
  return { ...parts, ownerUrl: parts.postgres.url, environment, postgresPrograms };
}
