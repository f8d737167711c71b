// The lab's six servers and their books, started and stopped as one.
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { createLateEffects, openDesk } from './call.ts';
import { createControl } from './control.ts';
import { createFaults, type LabProvider } from './faults.ts';
import { createFraud } from './fraud.ts';
import { withoutCardNumbers } from './card-numbers.ts';
import { openMoneyDesk } from './money-desk.ts';
import { createPsp } from './psp.ts';
import { createRates } from './rates.ts';
import { createTax } from './tax.ts';

export type LabPorts = Readonly<Record<LabProvider | 'control', number>>;

export interface LabOptions {
  /** Where the providers keep their books. */
  readonly dir: string;
  /** 0 = a free port. */
  readonly ports: LabPorts;
  readonly host: string;
  readonly baseLatencyMs: number;
  /** The providers' clock: a key is remembered for a day. */
  readonly now?: () => number;
  onError(error: unknown): void;
}

export interface Lab {
  readonly ports: LabPorts;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: the apps differ in their bindings, which the adaptor supplies.
function listen(app: Hono<any>, host: string, port: number): Promise<Server> {
  const server = createAdaptorServer({ fetch: withoutCardNumbers(app).fetch }) as Server;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Held calls have no answer to wait for: cutting them is what was asked of the lab.
  server.closeAllConnections();
  await closed;
}

export async function startLab(options: LabOptions): Promise<Lab> {
  const { dir, host, baseLatencyMs } = options;
  const faults = createFaults();
  const late = createLateEffects(options.onError);
  const now = options.now ?? Date.now;
  const money = {
    'psp-primary': await openMoneyDesk(dir, 'psp-primary', now),
    'psp-backup': await openMoneyDesk(dir, 'psp-backup', now),
  };
  const desk = (provider: LabProvider) => openDesk(provider, faults, late, baseLatencyMs);
  const psp = (provider: keyof typeof money) =>
    createPsp(money[provider].books, money[provider].settlements, desk(provider));
  const servers = new Map<keyof LabPorts, Server>();
  const ports = () =>
    Object.fromEntries(
      [...servers].map(([name, server]) => [name, (server.address() as { port: number }).port]),
    ) as unknown as LabPorts;
  const apps = {
    'psp-primary': psp('psp-primary'),
    'psp-backup': psp('psp-backup'),
    tax: createTax(desk('tax')),
    rates: createRates(desk('rates')),
    fraud: createFraud(desk('fraud')),
    // Last, because a control API that answers means that every provider does.
    control: createControl(faults, money, ports),
  } as const;

  const close = async () => {
    await Promise.all([...servers.values()].map(stop));
    await late.finish();
    await Promise.all(Object.values(money).map((desk) => desk.close()));
  };
  try {
    for (const [name, app] of Object.entries(apps) as [keyof LabPorts, (typeof apps)['tax']][])
      servers.set(name, await listen(app, host, options.ports[name]));
  } catch (error) {
    await close();
    throw error;
  }
  return { ports: ports(), close };
}
