// The house of ARCHITECTURE.md, executed: who may import whom, and that the pure files stay loadable by k6.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = import.meta.dirname;

// k6 loads these too: no npm import, no node: import, only each other.
const pureFiles = new Set([
  'core/telemetry/metrics.ts',
  'core/telemetry/metrics/metric.ts',
  'core/telemetry/metrics/http.ts',
  'core/telemetry/metrics/checkout.ts',
  'core/telemetry/metrics/fraud.ts',
  'core/telemetry/metrics/payment.ts',
  'core/telemetry/metrics/orders.ts',
  'core/telemetry/metrics/inventory.ts',
  'core/telemetry/metrics/pipeline.ts',
  'core/telemetry/metrics/platform.ts',
  'core/telemetry/metrics/region.ts',
  'core/telemetry/metrics/runtime.ts',
  'core/telemetry/metrics/scrape.ts',
  'core/telemetry/metrics/invariants.ts',
  'core/telemetry/metrics/limits.ts',
  'core/telemetry/metrics/retention.ts',
  'core/telemetry/metrics/switches.ts',
  'core/telemetry/promql.ts',
  'core/telemetry/emitted.ts',
  'core/checkout/steps.ts',
  'core/orders/order.ts',
  'core/payment/methods.ts',
  'core/http/card-number.ts',
  'core/http/request-card-number.ts',
  'alerts/slos.ts',
  'alerts/burn-rate.ts',
  'alerts/sli.ts',
  'alerts/links.ts',
  'loadtests/profile.ts',
  'loadtests/shopper-record.ts',
  'loadtests/shopper-outcome.ts',
  'loadtests/shop-answers.ts',
  'loadtests/replay-plan.ts',
  'loadtests/schedule.ts',
]);
const corePure = [...pureFiles].filter((file) => file.startsWith('core/'));

const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  workers: ['core/'],
  alerts: corePure,
  // Names of recorded series, burn tiers and limits: a dashboard reads what the rules record, and is red where they speak.
  dashboards: [
    ...corePure,
    'alerts/slos.ts',
    'alerts/burn-rate.ts',
    'alerts/sli.ts',
    'alerts/links.ts',
    'alerts/journeys.ts',
    'alerts/causes',
    'alerts/promql-reader.ts',
    // promtool reads the queries of a panel as it reads those of a rule.
    'alerts/prometheus-tools.ts',
  ],
  loadtests: [...corePure, 'alerts/slos.ts'],
  chaos: [...corePure, 'alerts/slos.ts', 'loadtests/profile.ts', 'loadtests/shopper-record.ts'],
  stack: ['core/config.ts'],
  drill: ['core/', 'workers/', 'alerts/', 'dashboards/', 'loadtests/', 'chaos/', 'stack/'],
  cli: ['core/', 'workers/', 'alerts/', 'dashboards/', 'loadtests/', 'chaos/', 'stack/', 'drill/'],
};

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
});
const files = listed.split('\n').filter((file) => file !== '' && !file.includes('/fixtures/'));

function importsOf(source: string): string[] {
  const pattern =
    /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...source.matchAll(pattern)].map((match) => (match[1] ?? match[2])!);
}

/** What is wrong with `file` importing `specifier`; null when the house allows it. */
function trespass(file: string, specifier: string): string | null {
  const relative = specifier.startsWith('.');
  if (pureFiles.has(file) && !relative) return `${file} is loaded by k6 and imports ${specifier}`;
  if (!relative) return null;
  const target = normalize(join(dirname(file), specifier));
  if (pureFiles.has(file) && !pureFiles.has(target)) return `${file} is loaded by k6 and imports ${target}`;
  const room = file.split('/')[0]!;
  const allowed = rooms[room];
  if (allowed === undefined || target.startsWith(`${room}/`)) return null;
  return allowed.some((place) => target.startsWith(place)) ? null : `${file} may not import ${target}`;
}

// The services meet over HTTP, through core/contracts; only core/main.ts, which starts either, knows both.
const checkoutSide = /^core\/(checkout|catalog|pricing|payment)\//;
const ordersSide = /^core\/(orders|inventory|outbox)\//;

/** True when one service's code reaches into the other's. */
function crosses(file: string, target: string): boolean {
  if (pureFiles.has(target)) return false;
  return (
    (checkoutSide.test(file) && ordersSide.test(target)) ||
    (ordersSide.test(file) && checkoutSide.test(target))
  );
}

const withoutTypes = (source: string) => source.replace(/^\s*import type [^;]*;/gm, '');

describe('the house', () => {
  test('every room imports only what ARCHITECTURE.md allows', () => {
    const found = files.flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      const text = pureFiles.has(file) ? withoutTypes(source) : source;
      // A test may reach what it tests the room against; production code may not.
      if (file.endsWith('.test.ts')) return [];
      return importsOf(text)
        .map((specifier) => trespass(file, specifier))
        .filter((line) => line !== null);
    });
    expect(found).toEqual([]);
  });

  test('the checkout and the orders service never import each other', () => {
    const found = files.flatMap((file) =>
      importsOf(readFileSync(join(root, file), 'utf8'))
        .filter((specifier) => specifier.startsWith('.') && !/[./-]test/.test(file))
        .map((specifier) => normalize(join(dirname(file), specifier)))
        .filter((target) => crosses(file, target))
        .map((target) => `${file} → ${target}`),
    );
    expect(found).toEqual([]);
    expect(crosses('core/checkout/checkout.ts', 'core/orders/place.ts')).toBe(true);
    expect(crosses('core/outbox/outbox.ts', 'core/payment/gateway.ts')).toBe(true);
  });

  test('a trespass is seen: core importing workers, chaos importing the shop, a pure file importing npm', () => {
    expect(trespass('core/http/app.ts', '../../workers/main.ts')).toContain('may not import');
    expect(trespass('chaos/ledgers/database.ts', '../../core/orders/store.ts')).toContain('may not import');
    expect(trespass('alerts/slos.ts', 'zod')).toContain('loaded by k6');
    expect(trespass('drill/phases.ts', '../core/config.ts')).toBeNull();
  });

  test('every relative import is written with its .ts ending and leads to a file', () => {
    const known = new Set(files);
    const bad = files.flatMap((file) =>
      importsOf(readFileSync(join(root, file), 'utf8'))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => normalize(join(dirname(file), specifier)))
        .filter((target) => !known.has(target) && !target.endsWith('.json') && !target.endsWith('.mjs'))
        .map((target) => `${file} → ${target}`),
    );
    expect(bad).toEqual([]);
  });

  test('no room has a drawer called utils, lib, types or index', () => {
    expect(files.filter((file) => /(^|\/)(utils|lib|types|helpers|index)(\/|\.ts$)/.test(file))).toEqual([]);
  });
});
