// For tests: promtool and amtool from the PATH or from what Headroom has fetched before.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export function findTool(name: 'promtool' | 'amtool' | 'prometheus' | 'alertmanager'): string {
  const names = name === 'alertmanager' ? [name, 'prometheus-alertmanager'] : [name];
  const onPath = names.find(runs);
  if (onPath !== undefined) return onPath;
  const cached = names
    .flatMap((wanted) => inDirectory(join(homedir(), '.cache', 'headroom'), wanted))
    .find(runs);
  if (cached !== undefined) return cached;
  throw new Error(
    `${name} is neither on the PATH nor in Headroom's cache; run \`npx --no headroom doctor\` to get it`,
  );
}

function runs(binary: string): boolean {
  try {
    execFileSync(binary, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function inDirectory(directory: string, wanted: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(`/${wanted}`))
      .map((path) => join(directory, path));
  } catch {
    // No cache yet.
    return [];
  }
}
