// initdb takes seconds; a prepared cluster kept in the cache is copied in a fraction of one.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FoundPart } from './part.ts';
import type { Account } from './unprivileged.ts';

export const superuser = 'headroom';

export interface TemplateRequest {
  readonly part: FoundPart;
  /** Directory of the programs as the account reaches them. */
  readonly programs: string;
  readonly account: Account | undefined;
  readonly cache: string;
  /** An empty directory that becomes the run's cluster. */
  readonly copyTo: string;
}

/** Fills `copyTo` and returns the superuser's password. */
export function databaseTemplate(request: TemplateRequest): string {
  const { part, account, cache, copyTo } = request;
  const template = join(cache, `template-postgres-${part.version}`);
  if (!existsSync(template)) makeTemplate(request, template);
  execFileSync('cp', ['-R', `${join(template, 'cluster')}/.`, copyTo]);
  chmodSync(copyTo, 0o700); // PostgreSQL refuses a cluster that others may enter
  if (account !== undefined) execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, copyTo]);
  return readFileSync(join(template, 'password'), 'utf8');
}

function makeTemplate(request: TemplateRequest, template: string): void {
  const { part, programs, account, cache } = request;
  // In the system's temporary directory, because the other account may not reach the cache.
  const work = mkdtempSync(join(tmpdir(), 'headroom-initdb-'));
  try {
    const password = randomBytes(18).toString('base64url');
    writeFileSync(join(work, 'password'), password, { mode: 0o600 });
    if (account !== undefined) execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, work]);
    const cluster = join(work, 'cluster');
    execFileSync(
      join(programs, 'initdb'),
      [
        ...['-D', cluster, '-U', superuser, '--auth=scram-sha-256', `--pwfile=${join(work, 'password')}`],
        // The same order of text on every machine; --no-sync because a template that is lost is made again.
        ...['--locale=C', '--encoding=UTF8', '--no-sync'],
      ],
      { env: { ...process.env, ...part.environment }, cwd: '/', stdio: 'pipe', timeout: 60_000, ...account },
    );
    publish(work, cache, template);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The cache may be on another file system than the temporary directory: copy beside, then rename. */
function publish(work: string, cache: string, template: string): void {
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, '.template-'));
  execFileSync('cp', ['-R', `${work}/.`, fresh]);
  try {
    renameSync(fresh, template);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // A concurrent run was first; its template is as good.
    if (!existsSync(template)) throw error;
  }
}
