// The shop's own processes, started the way a deployment starts them: environment in, /readyz out.
import { join } from 'node:path';
import { configNames } from '../core/config.ts';
import { packageRoot } from './places.ts';
import { freePort, onFreePort } from './ports.ts';
import { startProcess } from './process.ts';
import type { ScrapeTarget } from './prometheus-config.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { answers } from './until.ts';
import {
  newWebhookSecrets,
  subscribeToWebhooks,
  type WebhookSecrets,
  webhookEnvironment,
} from './webhooks.ts';

export interface ShopEnvironment {
  /** Connection strings of the three roles, through the proxy. */
  readonly databaseUrls: Readonly<Record<'checkout' | 'orders' | 'workers', string>>;
  readonly redisUrl: string;
  readonly smtpUrl: string;
  readonly serviceToken: string;
  readonly providerUrls: Readonly<Record<'pspPrimary' | 'pspBackup' | 'tax' | 'rates' | 'fraud', string>>;
  /** The lab's control API, where the shop asks for webhooks; without it none are sent. */
  readonly webhooksFrom?: string | undefined;
  readonly otlpEndpoint?: string | undefined;
  /** Anything else of core/config.ts, for every process. */
  readonly more?: Readonly<Record<string, string>> | undefined;
}

export interface Shop {
  readonly checkout: Running;
  readonly orders: Running;
  readonly workers: Running;
  readonly targets: readonly ScrapeTarget[];
  /** What the providers sign with. */
  readonly webhookSecrets: WebhookSecrets;
}

export async function startShop(run: Run, environment: ShopEnvironment): Promise<Shop> {
  const secrets = newWebhookSecrets();
  const orders = await startService(run, 'orders', environment, webhookEnvironment(secrets));
  const [checkout, workers] = await Promise.all([
    startService(run, 'checkout', environment, { ORDERS_URL: orders.url }),
    startService(run, 'workers', environment, { ORDERS_URL: orders.url }),
  ]);
  if (environment.webhooksFrom !== undefined)
    await subscribeToWebhooks(environment.webhooksFrom, orders.url, secrets);
  const services = { checkout, orders, workers };
  const targets = Object.entries(services).map(([job, running]) => ({
    job,
    instance: `${job}-1`,
    address: new URL(running.url).host,
  }));
  return { ...services, targets, webhookSecrets: secrets };
}

export type Service = 'checkout' | 'orders' | 'workers';

const entries: Readonly<Record<Service, readonly string[]>> = {
  checkout: ['core/main.ts', 'checkout'],
  orders: ['core/main.ts', 'orders'],
  workers: ['workers/main.ts'],
};

/** `name` tells processes of one service apart. */
export function startService(
  run: Run,
  service: Service,
  environment: ShopEnvironment,
  addresses: Readonly<Record<string, string>>,
  name: string = service,
): Promise<Running> {
  const [entry, ...args] = entries[service] as [string, ...string[]];
  return onFreePort((port) => {
    const url = `http://127.0.0.1:${port}`;
    return startProcess(run, {
      name,
      ...typescript(entry, args),
      // A variable in the caller's shell must not reach into a drill.
      without: configNames,
      env: {
        ...shared(service, environment),
        ...addresses,
        PORT: `${port}`,
        WORKERS_METRICS_PORT: `${port}`,
      },
      url,
      version: 'own',
      readyWithinMs: 30_000,
      stopWithinMs: 10_000,
      ready: () => answers(`${url}/readyz`),
    });
  });
}

function shared(service: Service, environment: ShopEnvironment): Record<string, string> {
  const { providerUrls, otlpEndpoint } = environment;
  return {
    HOST: '127.0.0.1',
    DATABASE_URL: environment.databaseUrls[service],
    REDIS_URL: environment.redisUrl,
    SMTP_URL: environment.smtpUrl,
    SERVICE_TOKEN: environment.serviceToken,
    PSP_PRIMARY_URL: providerUrls.pspPrimary,
    PSP_BACKUP_URL: providerUrls.pspBackup,
    TAX_URL: providerUrls.tax,
    RATES_URL: providerUrls.rates,
    FRAUD_URL: providerUrls.fraud,
    ...(otlpEndpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint }),
    ...environment.more,
  };
}

/** Runs a TypeScript entry of this package: Node itself does not strip types under node_modules. */
function typescript(entry: string, args: readonly string[]) {
  return {
    command: process.execPath,
    args: ['--import', import.meta.resolve('tsx/esm'), join(packageRoot, entry), ...args],
    cwd: packageRoot,
  };
}

export interface Lab extends Running {
  readonly booksDirectory: string;
  readonly providerUrls: ShopEnvironment['providerUrls'];
}

/** The provider lab; `url` is its control API. `more`: flags of its own (chaos/lab/README.md). */
export async function startLab(run: Run, booksDirectory: string, more: readonly string[] = []): Promise<Lab> {
  return await onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const [pspPrimary, pspBackup, tax, rates, fraud] = await distinctPorts(5);
    const ports = {
      'control-port': port,
      'psp-primary-port': pspPrimary,
      'psp-backup-port': pspBackup,
      'tax-port': tax,
      'rates-port': rates,
      'fraud-port': fraud,
    };
    const flags = Object.entries(ports).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const running = await startProcess(run, {
      name: 'lab',
      ...typescript('chaos/lab/main.ts', ['--dir', booksDirectory, ...flags, ...more]),
      url,
      version: 'own',
      ready: () => answers(`${url}/healthz`),
    });
    const at = (value: number) => `http://127.0.0.1:${value}`;
    return {
      ...running,
      booksDirectory,
      providerUrls: {
        pspPrimary: at(pspPrimary),
        pspBackup: at(pspBackup),
        tax: at(tax),
        rates: at(rates),
        fraud: at(fraud),
      },
    };
  });
}

async function distinctPorts(count: 5): Promise<[number, number, number, number, number]> {
  const found = new Set<number>();
  while (found.size < count) found.add(await freePort());
  return [...found] as [number, number, number, number, number];
}
