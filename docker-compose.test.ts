// CI has no container engine; what can be checked without one is that the file says what the code says.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configNames, migrationConfigNames, readConfig, webhookSecretNames } from './core/config.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}
const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };
const entries = Object.entries(compose.services);
const shop = ['checkout', 'orders', 'workers'] as const;

/** Variables of a service that the code does not read. */
const unread = (environment: Readonly<Record<string, string>>, known: readonly string[]) =>
  Object.keys(environment).filter((name) => !known.includes(name));

describe('docker-compose.yml', () => {
  test('every image is pinned by a tag that is not latest', () => {
    const loose = entries.filter(([, service]) => !/^[^:]+:(?!latest)[\w.-]+$/.test(service.image ?? ''));
    expect(loose).toEqual([]);
  });

  test('every mounted file and folder exists', () => {
    const mounts = entries.flatMap(([, service]) =>
      (service.volumes ?? []).map((volume) => volume.split(':')[0]!),
    );
    const missing = mounts.filter(
      (path) => path.startsWith('./') && !existsSync(join(import.meta.dirname, path)),
    );
    expect(missing).toEqual([]);
  });

  test.each(shop)('%s is given only variables the code reads, and every one that has no default', (name) => {
    const environment = compose.services[name]!.environment!;
    expect(unread(environment, configNames)).toEqual([]);
    const filled = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [
        key,
        value.replace(/\$\{[^}]*\}/g, 'a-secret-long-enough'),
      ]),
    );
    expect(() => readConfig(filled)).not.toThrow();
  });

  test('every variable the code reads is named, with its default where a container needs no other', () => {
    const named = { ...compose.services.checkout!.environment, ...compose.services.workers!.environment };
    expect(unread(Object.fromEntries(configNames.map((name) => [name, ''])), Object.keys(named))).toEqual([]);
    const defaults = readConfig({ DATABASE_URL: 'postgres://a/b', SERVICE_TOKEN: 'x'.repeat(16) });
    const ofTheContainer = /_URL$|^HOST$|PORT$|_ENDPOINT$|_SECRET$|_TOKEN$/;
    const other = Object.entries(named).filter(
      ([name, value]) =>
        !ofTheContainer.test(name) && String(defaults[name as keyof typeof defaults]) !== value,
    );
    expect(other).toEqual([]);
  });

  test('a misspelt variable would be found', () => {
    expect(unread({ DATABSE_URL: 'postgres://x' }, configNames)).toEqual(['DATABSE_URL']);
  });

  test('the migration gets exactly what it reads', () => {
    expect(Object.keys(compose.services.migrate!.environment!).sort()).toEqual(
      [...migrationConfigNames].sort(),
    );
  });

  test('who asks for webhooks gets the secrets the orders service has', () => {
    const { environment, command } = compose.services.webhooks!;
    expect(Object.keys(environment!).sort()).toEqual([...webhookSecretNames].sort());
    for (const name of webhookSecretNames) expect(configNames).toContain(name);
    expect(command).toContain('http://orders:4002');
    expect(command).toContain('http://lab:4100');
  });

  test('services reach each other on the ports they listen on', () => {
    const defaults = readConfig({ DATABASE_URL: 'postgres://a/b', SERVICE_TOKEN: 'x'.repeat(16) });
    const environment = compose.services.checkout!.environment!;
    for (const name of [
      'CHECKOUT_URL',
      'ORDERS_URL',
      'PSP_PRIMARY_URL',
      'PSP_BACKUP_URL',
      'TAX_URL',
      'RATES_URL',
      'FRAUD_URL',
    ] as const)
      expect(new URL(environment[name]!).port, name).toBe(new URL(defaults[name]).port);
    expect(new URL(environment.ORDERS_URL!).port).toBe(compose.services.orders!.environment!.PORT);
    expect(new URL(environment.CHECKOUT_URL!).port).toBe(compose.services.checkout!.environment!.PORT);
    const labPorts = compose.services.lab!.command!;
    for (const url of ['PSP_PRIMARY_URL', 'PSP_BACKUP_URL', 'TAX_URL', 'RATES_URL', 'FRAUD_URL'] as const)
      expect(labPorts).toContain(new URL(environment[url]!).port);
  });

  test('Prometheus scrapes the three services under the job and instance labels the history uses', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: {
        job_name: string;
        static_configs: { targets: string[]; labels: { instance: string } }[];
      }[];
    };
    const scraped = config.scrape_configs.map((job) => {
      const target = job.static_configs[0]!;
      return [job.job_name, target.labels.instance, target.targets[0]];
    });
    const expected = shop.map((name) => [
      name,
      `${name}-1`,
      `${name}:${compose.services[name]!.environment!.PORT}`,
    ]);
    // Beside what watches the path that alerts take.
    const ofTheShop = scraped.filter(([job]) => shop.some((name) => name === job));
    expect(ofTheShop).toEqual(expected);
  });

  test('ports are published on loopback only', () => {
    const open = entries
      .flatMap(([, service]) => service.ports ?? [])
      .filter((port) => !port.startsWith('127.0.0.1:'));
    expect(open).toEqual([]);
  });
});
