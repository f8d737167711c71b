// A connection that is there and says nothing: a cable pulled, a firewall that forgot. Nobody is told, so waiting has an end.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';
import { createSwitches, type Switches } from './switches.ts';

let server: TestServer;
let database: TestDatabase;
let wire: Wire;
let copy: Switches;
const instruments = createInstruments('checkout');
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.fresh();
  wire = await startWire(database.urls.checkout);
  copy = createSwitches({
    open: () => openDatabase(wire.url, { poolSize: 1, instruments }),
    instruments,
    log: createLog('checkout', 'error'),
    staleAfterMs: 2_000,
  });
  copy.start();
  await copy.ready();
});
afterEach(async () => {
  await copy.stop();
  await wire.stop();
});

interface Wire {
  readonly url: string;
  /** Whatever is sent on the connections there are is swallowed; with `newOnes` also on those to come. */
  swallow(newOnes: boolean): void;
  mend(): void;
  stop(): Promise<void>;
}

async function startWire(target: string): Promise<Wire> {
  const far = new URL(target);
  const ends = new Set<Socket>();
  const deaf = new Set<Socket>();
  let swallows = false;
  const forward = (from: Socket, to: Socket) => {
    ends.add(from);
    from.on('data', (chunk) => {
      if (!deaf.has(from)) to.write(chunk);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      ends.delete(from);
      to.destroy();
    });
  };
  const listener = createServer((near) => {
    const to = connect(Number(far.port), far.hostname);
    forward(near, to);
    forward(to, near);
    if (swallows) deaf.add(near).add(to);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(target);
  url.port = String((listener.address() as AddressInfo).port);
  return {
    url: url.href,
    swallow(newOnes) {
      swallows = newOnes;
      for (const end of ends) deaf.add(end);
    },
    mend() {
      swallows = false;
    },
    async stop() {
      for (const end of ends) end.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

const turnOn = (value: string) => database.owner`
  insert into ops.switches (dimension, value, is_on, reason, changed_by, expires_at)
  values ('region', ${value}, true, 'a test', 'test', now() + interval '1 hour')`;
const stops = (region: string) =>
  vi.waitFor(() => expect(copy.allows({ region })).toBe(false), { timeout: 20_000 });
const age = async () =>
  Number(/^kill_switch_copy_age_seconds (\S+)$/m.exec((await instruments.expose()).body)![1]);

test('a process whose connection says nothing takes another one, and learns of the switch that was turned on', async () => {
  await turnOn('GB');
  await stops('GB');
  wire.swallow(false);
  await turnOn('DE');
  await stops('DE');
  // It listens there, too.
  await turnOn('FR');
  await stops('FR');
});

test('while nothing is answered the last copy stands, its age is told, and a stale process is not ready', async () => {
  await turnOn('GB');
  await stops('GB');
  wire.swallow(true);
  await vi.waitFor(async () => expect(await age()).toBeGreaterThan(2), { timeout: 20_000 });
  await expect(copy.ready()).rejects.toThrow('did not answer');
  expect(copy.blocked({ region: 'GB' })).toMatchObject({ value: 'GB' });
  wire.mend();
  await vi.waitFor(() => copy.ready(), { timeout: 20_000 });
  await turnOn('DE');
  await stops('DE');
  await vi.waitFor(async () => expect(await age()).toBeLessThan(2), { timeout: 20_000 });
});
