// Where Headroom keeps things: state of runs inside the clone, installed parts in a cache that clones share.
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const packageRoot = resolve(import.meta.dirname, '..');

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** HEADROOM_STATE moves it, so that two clones' tests or two tests of one clone do not meet. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HEADROOM_STATE) return resolve(env.HEADROOM_STATE);
  // Installed as a dependency the package is not ours to write into; the project that uses it is.
  const installed = packageRoot.includes('/node_modules/');
  return join(installed ? process.cwd() : packageRoot, '.headroom');
}

/** HEADROOM_CACHE moves it; a home that cannot be written falls back to the clone. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HEADROOM_CACHE) return resolve(env.HEADROOM_CACHE);
  const preferred = join(env.HOME ?? homedir(), '.cache', 'headroom');
  return writable(preferred) ? preferred : join(stateDirectory(env), 'cache');
}

function writable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
