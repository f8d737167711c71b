// Versions of programs: reading them, comparing them.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Part } from './part.ts';

const run = promisify(execFile);

/** Compares dotted numbers; a missing position counts as 0. Negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let position = 0; position < Math.max(left.length, right.length); position += 1) {
    const difference = (left[position] ?? 0) - (right[position] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** First dotted number in a program's own words: `k6 v1.8.1 (go1.26…)`, `Redis server v=7.0.15`, `PostgreSQL) 15.14 (Debian…`. */
export function versionIn(text: string): string | null {
  return /(?:^|[^\w.])v?=?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1] ?? null;
}

/** null when the program does not run here or does not say. */
export async function versionOf(
  part: Part,
  binary: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(binary, [...part.versionArguments], {
      env: { ...process.env, ...environment },
      timeout: 10_000,
    });
    return versionIn(`${stdout}\n${stderr}`) ?? (await goModuleVersion(part, binary));
  } catch {
    return null;
  }
}

/** `go install` leaves a program without its version string (Toxiproxy says "git"), but Go writes the module's into the file. */
async function goModuleVersion(part: Part, binary: string): Promise<string | null> {
  const source = part.sources.find((candidate) => candidate.kind === 'go');
  if (source === undefined) return null;
  const moduleRoot = source.module.split('/cmd/')[0]!;
  const pattern = new RegExp(`${moduleRoot.replaceAll('.', '\\.')}\\tv(\\d+\\.\\d+\\.\\d+)`);
  const file = await open(binary);
  try {
    const chunk = Buffer.alloc(1 << 20);
    let kept = '';
    for (;;) {
      const { bytesRead } = await file.read(chunk);
      if (bytesRead === 0) return null;
      const text = kept + chunk.toString('latin1', 0, bytesRead);
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) return found;
      kept = text.slice(-256); // the string may lie across two chunks
    }
  } finally {
    await file.close();
  }
}
