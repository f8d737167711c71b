// promtool and amtool, asked about our files. Their paths are handed in: finding parts is stack's business.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ToolAnswer =
  | { readonly kind: 'ok'; readonly output: string }
  | { readonly kind: 'refused'; readonly output: string };

const timeoutMs = 60_000;

function ask(binary: string, args: readonly string[], cwd: string): Promise<ToolAnswer> {
  return new Promise((resolve, reject) => {
    execFile(binary, args, { cwd, timeout: timeoutMs, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) resolve({ kind: 'ok', output });
      // A number is the tool's own exit code; anything else means that it never ran.
      else if (typeof error.code === 'number') resolve({ kind: 'refused', output });
      else reject(new Error(`${binary} could not be run: ${error.message}`));
    });
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

/** Each suite's tests are judged against its own rules only: promtool evaluates every rule of a file at every step. */
export interface ProofSuite {
  readonly name: string;
  readonly rules: string;
  /** A promtool unit-test document over `<name>.rules.yml`. */
  readonly tests: object;
}

export function testRules(promtool: string, suites: readonly ProofSuite[]): Promise<ToolAnswer> {
  const files = suites.flatMap(({ name, rules, tests }) => [
    [`${name}.rules.yml`, rules],
    // JSON is YAML.
    [`${name}.test.yml`, JSON.stringify(tests)],
  ]);
  const names = suites.map(({ name }) => `${name}.test.yml`);
  return inScratch(Object.fromEntries(files) as Record<string, string>, (cwd) =>
    ask(promtool, ['test', 'rules', ...names], cwd),
  );
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
