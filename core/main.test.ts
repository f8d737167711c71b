import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from './db/test-database.ts';

let server: TestServer;
let database: TestDatabase;
const running: ChildProcess[] = [];
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await server.stop();
});

interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

function run(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'core/main.ts', ...args], {
    // Nothing of the caller's environment: it must not decide a test.
    env,
    cwd: `${import.meta.dirname}/..`,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'exit').then(([code]): Ended => ({ code: code as number | null, errors }));
  const lines = createInterface({ input: child.stdout });
  const logged: Record<string, unknown>[] = [];
  const listening = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      logged.push(entry);
      if (entry.event === 'listening') resolve(`http://127.0.0.1:${entry.port}`);
    });
  });
  return { child, ended, listening, logged };
}

const environment = (databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  SERVICE_TOKEN: 'a-token-for-the-test',
});

describe.each(['orders', 'checkout'] as const)('the %s service as a process', (service) => {
  test('starts, is ready, exposes its metrics, and stops on SIGTERM with exit code 0', async () => {
    const { child, ended, listening, logged } = run([service], environment(database.urls[service]));
    const url = await listening;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(`app_build_info{service="${service}"} 1`);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, errors: '' });
    expect(logged.map((entry) => entry.event)).toEqual(['listening', 'stopping', 'stopped']);
  });

  test('with telemetry off serves all the same and counts nothing', async () => {
    const off = { ...environment(database.urls[service]), TELEMETRY: 'off' };
    const { child, ended, listening } = run([service], off);
    const url = await listening;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('# EOF\n');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('is alive but not ready while its database is away', async () => {
    const { child, ended, listening } = run([service], environment('postgres://nobody@127.0.0.1:1/none'));
    const url = await listening;
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});

describe('a service started wrongly', () => {
  test('names every bad variable and ends with 2', async () => {
    const { code, errors } = await run(['orders'], { SERVICE_TOKEN: 'short' }).ended;
    expect(code).toBe(2);
    expect(errors).toContain('DATABASE_URL');
    expect(errors).toContain('SERVICE_TOKEN');
    expect(errors).not.toContain('    at ');
  });

  test('without a name of a service says which there are', async () => {
    expect(await run(['shop'], {}).ended).toEqual({
      code: 2,
      errors: 'usage: core/main.ts checkout|orders\n',
    });
  });
});
