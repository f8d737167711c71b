// promtool and amtool, asked about our files. Their paths are handed in: finding parts is stack's business.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RangeEdge } from './proofs/counters.ts';
import type { PromtoolFile } from './proofs/suite.ts';

export type ToolAnswer =
  | { readonly kind: 'ok'; readonly output: string }
  | { readonly kind: 'refused'; readonly output: string };

/** A whole batch of proofs, two seconds of work, on a machine that is busy with something else. */
const timeoutMs = 600_000;

/** Thousands of small databases are opened and thrown away: collecting garbage more seldom saves a fifth of the time. */
const environment = () => ({ GOGC: '400', ...process.env });

function ask(binary: string, args: readonly string[], cwd: string): Promise<ToolAnswer> {
  return new Promise((resolve, reject) => {
    execFile(
      binary,
      args,
      { cwd, env: environment(), timeout: timeoutMs, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`;
        if (error === null) resolve({ kind: 'ok', output });
        // A number is the tool's own exit code; anything else means that it never ran.
        else if (typeof error.code === 'number') resolve({ kind: 'refused', output });
        else if (error.killed) reject(new Error(`${binary} had not ended after ${timeoutMs / 1_000} s`));
        else reject(new Error(`${binary} could not be run: ${error.message}`, { cause: error }));
      },
    );
  });
}

async function inScratch<T>(
  files: Readonly<Record<string, string>>,
  act: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'headroom-alerts-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    return await act(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function checkRules(promtool: string, rules: string): Promise<ToolAnswer> {
  return inScratch({ 'rules.yml': rules }, (cwd) =>
    ask(promtool, ['check', 'rules', '--lint-fatal', 'rules.yml'], cwd),
  );
}

/** pint is in no part of ours: asked where somebody has installed it. */
export async function lintRules(
  pint: string,
  rules: string,
): Promise<ToolAnswer | { readonly kind: 'missing' }> {
  try {
    return await inScratch({ 'rules.yml': rules }, (cwd) =>
      ask(
        pint,
        ['--no-color', '--offline', 'lint', '--min-severity=warning', '--fail-on=warning', 'rules.yml'],
        cwd,
      ),
    );
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
}

/** Test files with the rules each is judged against; one process. */
export function testRules(promtool: string, files: readonly PromtoolFile[]): Promise<ToolAnswer> {
  const contents = files.flatMap(({ name, rules, tests }) => [
    [`${name}.rules.yml`, rules],
    [`${name}.test.yml`, tests],
  ]);
  const names = files.map(({ name }) => `${name}.test.yml`);
  return inScratch(Object.fromEntries(contents) as Record<string, string>, (cwd) =>
    ask(promtool, ['test', 'rules', ...names], cwd),
  );
}

/** What the edge of a range is depends on Prometheus' major version. */
export async function rangeEdgeOf(promtool: string): Promise<RangeEdge> {
  const { output } = await ask(promtool, ['--version'], tmpdir());
  const major = /promtool, version (\d+)\./.exec(output)?.[1];
  if (major === undefined) throw new Error(`${promtool} does not say its version: ${output}`);
  return Number(major) < 3 ? 'closed' : 'open';
}

export function checkRouting(amtool: string, config: string): Promise<ToolAnswer> {
  return inScratch({ 'alertmanager.yml': config }, (cwd) =>
    ask(amtool, ['check-config', 'alertmanager.yml'], cwd),
  );
}

/** Receivers that an alert with these labels is sent to. */
export async function routeOf(
  amtool: string,
  config: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const answer = await inScratch({ 'alertmanager.yml': config }, (cwd) =>
    ask(amtool, ['config', 'routes', 'test', '--config.file=alertmanager.yml', ...matchers], cwd),
  );
  if (answer.kind === 'refused') throw new Error(`amtool refused the routing question: ${answer.output}`);
  // The first line is the answer; a warning about flags may follow.
  return answer.output.split('\n')[0]!.trim();
}
