// Which code ran and judged.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packageRoot } from '../stack/places.ts';

const run = promisify(execFile);

/** Which code was judged; a copy without its repository says so. */
export async function gitState(): Promise<{ sha: string; dirty: boolean }> {
  const git = async (...args: string[]) =>
    (await run('git', args, { cwd: packageRoot, timeout: 10_000 })).stdout.trim();
  try {
    const sha = await git('rev-parse', 'HEAD');
    return { sha, dirty: (await git('status', '--porcelain')) !== '' };
  } catch {
    return { sha: 'unknown', dirty: true };
  }
}
