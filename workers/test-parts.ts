// Real parts around the workers for tests: a Redis that can be killed, a mailbox, the provider lab as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface TestRedis {
  readonly url: string;
  /** Empties it, as a crash without its file does. */
  flush(): Promise<void>;
  kill(): Promise<void>;
  /** Again, on the same port and with the same file. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `binary` and `environment` come from the resolver, which tests may ask and this file may not. */
export async function startTestRedis(
  binary: string,
  environment: Readonly<Record<string, string>>,
): Promise<TestRedis> {
  const home = await mkdtemp(join(tmpdir(), 'headroom-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
  // It is away whenever a test wants it to be.
  client.on('error', () => undefined);
  let child: ChildProcess | null = null;
  const running = () => child !== null && child.exitCode === null && child.signalCode === null;
  const start = async () => {
    if (running()) return;
    const args = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      home,
      '--appendonly',
      'yes',
      '--save',
      '',
    ];
    child = spawn(binary, args, { stdio: 'ignore', env: { ...environment } });
    await client.ping();
  };
  const kill = async () => {
    if (!running()) return;
    const gone = once(child!, 'exit');
    child!.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url,
    start,
    kill,
    flush: async () => {
      await client.flushall();
    },
    async stop() {
      client.disconnect();
      await kill();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export interface TestWire {
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** A wire to `target` that can be cut. */
export async function startTestWire(target: string): Promise<TestWire> {
  const far = new URL(target);
  const ends = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const to = connect(Number(far.port), far.hostname);
    for (const [end, other] of [
      [near, to],
      [to, near],
    ] as const) {
      ends.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
    return undefined;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = `${(server.address() as { port: number }).port}`;
  const cut = () => {
    whole = false;
    for (const end of ends) end.destroy();
  };
  return {
    url: url.href,
    cut,
    mend() {
      whole = true;
    },
    stop: () =>
      new Promise((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  };
}

export interface TestMailbox {
  readonly url: string;
  /** Mails accepted for an order, oldest first. */
  of(orderId: string): readonly Email[];
  /** Answers every mail with this code until told otherwise; null accepts. */
  answer(code: number | null): void;
  /** Takes the next mail, then runs `then`; with false the sender never hears that it was accepted. */
  acceptThen(then: () => boolean): void;
  stop(): Promise<void>;
}

export async function startTestMailbox(): Promise<TestMailbox> {
  const mails: Email[] = [];
  let code: number | null = null;
  let afterNext: (() => boolean) | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        // Mail servers quote the recipient in their refusals.
        const quoted = session.envelope.rcptTo.map(({ address }) => `<${address}>`).join(' ');
        if (code !== null)
          return done(Object.assign(new Error(`${quoted} told to refuse`), { responseCode: code }));
        PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          mails.push(mail);
          const then = afterNext;
          afterNext = null;
          if (then === null || then()) done();
          else done(Object.assign(new Error('the line broke'), { responseCode: 421 }));
        }, done);
      });
    },
  });
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    of: (orderId) =>
      mails.filter(({ headers }) =>
        headers.some(({ key, value }) => key === 'x-headroom-order-id' && value === orderId),
      ),
    answer(next) {
      code = next;
    },
    acceptThen(then) {
      afterNext = then;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface TestLab {
  readonly ports: Readonly<
    Record<'control' | 'psp-primary' | 'psp-backup' | 'tax' | 'rates' | 'fraud', number>
  >;
  authorize(charge: LabCharge): Promise<Response>;
  books(provider: string): Promise<unknown>;
  fault(id: string, fault: Record<string, unknown>): Promise<void>;
  endFault(id: string): Promise<void>;
  stop(): Promise<void>;
}
export interface LabCharge {
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly token?: string;
  readonly key?: string;
  readonly provider?: 'psp-primary' | 'psp-backup';
}

export async function startTestLab(): Promise<TestLab> {
  const dir = await mkdtemp(join(tmpdir(), 'headroom-lab-'));
  const main = join(import.meta.dirname, '../chaos/lab/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--dir', dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  const ports = JSON.parse(line) as TestLab['ports'];
  const send = (
    port: number,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await send(ports.control, method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    ports,
    authorize: ({ provider = 'psp-primary', key, token = 'tok_ok_1', ...charge }) =>
      send(
        ports[provider],
        'POST',
        '/v1/authorizations',
        { ...charge, token, currency: 'GBP', method: 'card' },
        { 'Idempotency-Key': key ?? charge.reference },
      ),
    books: async (provider) => (await control('GET', `/books/${provider}`)).json(),
    fault: async (id, fault) => {
      await control('PUT', `/faults/${id}`, { seed: 1, lease_ms: 30_000, ...fault });
    },
    endFault: async (id) => {
      await control('DELETE', `/faults/${id}`);
    },
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
