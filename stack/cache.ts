// The cache of installed parts. An install is seen whole or not at all, and two runs do not install the same part twice.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CacheManifest, manifestFile } from './find.ts';
import { releaseClaim, tryClaim } from './lock-file.ts';
import { identityOf } from './process-table.ts';
import { until } from './until.ts';

/** Calls `fill` with a temporary directory and publishes what it made as `<name>-<label>`. */
export async function installIntoCache(
  cache: string,
  name: string,
  label: string,
  fill: (directory: string) => Promise<CacheManifest>,
): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `.${name}-`));
  try {
    const manifest = await fill(fresh);
    writeFileSync(join(fresh, manifestFile), JSON.stringify(manifest));
    const target = join(cache, `${name}-${label}`);
    rmSync(target, { recursive: true, force: true }); // an older install that was found unusable
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

// Building k6 takes a minute and a half on two cores; a slow machine gets ten times that.
const longestInstallMs = 15 * 60_000;

/** Runs `act` while no other process runs one of the same name here. */
export async function exclusively<T>(
  cache: string,
  name: string,
  signal: AbortSignal | undefined,
  act: () => Promise<T>,
): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `.${name}.lock`);
  const claim = { id: randomUUID(), owner: identityOf(process.pid)! };
  const claimed = () => (tryClaim(file, claim) === null ? true : null);
  await until(`waiting for another install of ${name}`, claimed, {
    withinMs: longestInstallMs,
    everyMs: 250,
    signal,
  });
  try {
    return await act();
  } finally {
    releaseClaim(file, claim.id);
  }
}
