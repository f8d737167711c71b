// Before `npm run drill` and `npm test`: installs the locked dependencies when they are missing or not the locked ones.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Why the installed tree is not what the lock says; null when it is. */
export function staleness(root) {
  const locked = packagesIn(join(root, 'package-lock.json'));
  if (locked === null) throw new Error(`${root} has no package-lock.json`);
  // npm's own record of what it installed.
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'nothing is installed';
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const present = installed[path];
    // An optional package may be for another platform.
    if (present === undefined && !entry.optional) return `${path} is missing`;
    if (present !== undefined && present.version !== entry.version)
      return `${path} is ${present.version}, the lock says ${entry.version}`;
  }
  return null;
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function ensure(root) {
  const reason = staleness(root);
  if (reason === null) return 0;
  console.error(`installing the locked dependencies (${reason}): npm ci`);
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  // Dev dependencies too: NODE_ENV=production in the caller's shell must not leave `npm test` without its tools.
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--include=dev'];
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return 0;
  console.error(
    `error: npm ci did not succeed${error === undefined ? '' : `: ${error.message}`}; run it by hand to see why`,
  );
  return 2;
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href) {
  process.exitCode = ensure(fileURLToPath(new URL('..', import.meta.url)));
}
