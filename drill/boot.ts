// From nothing to a shop that serves, with every real part under it. `up` and `drill` start here and nowhere else.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager } from '../stack/alertmanager.ts';
import { type Parts, resolveParts } from '../stack/parts.ts';
import { stateDirectory } from '../stack/places.ts';
import type { Progress } from '../stack/progress.ts';
import { prometheusDataDirectory, startPrometheus } from '../stack/prometheus.ts';
import { writeTargets } from '../stack/prometheus-config.ts';
import { openRun, type Run } from '../stack/run.ts';
import type { Running } from '../stack/running.ts';
import { type Lab, type Shop, startShop } from '../stack/shop.ts';
import type { SmtpSink } from '../stack/smtp-sink.ts';
import { type RunningToxiproxy, startToxiproxy } from '../stack/toxiproxy.ts';
import { newServiceToken, prepareDatabase, roleUrls, startParts, through } from './below.ts';

export interface HistoryPlace {
  /** Prometheus' block directory, before Prometheus starts. */
  readonly dataDir: string;
  readonly workDir: string;
  readonly promtool: string;
  readonly promtoolEnvironment: Readonly<Record<string, string>>;
  /** Records promtool as a child of the run. */
  readonly onSpawn: (pid: number) => void;
}

export interface BootOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly stateDirectory?: string | undefined;
  /** Absolute paths; none = Prometheus without rules. */
  readonly ruleFiles: readonly string[];
  /** Absent = no Alertmanager. */
  readonly alertmanagerConfig?: string | undefined;
  readonly scrapeIntervalSeconds?: number;
  readonly evaluationIntervalSeconds?: number;
  readonly otlpEndpoint?: string | undefined;
  /** More of core/config.ts for the shop's processes. */
  readonly shopEnvironment?: Readonly<Record<string, string>>;
  /** Where books, mailbox and other ledgers are written; default is the run's own directory, which goes with the run. */
  readonly ledgerDirectory?: string | undefined;
  readonly beforePrometheus?: (place: HistoryPlace) => Promise<void>;
}

export interface Booted {
  readonly run: Run;
  readonly parts: Parts;
  /** For the manifest: what ran, by part. */
  readonly versions: Readonly<Record<string, string>>;
  /** Superuser, straight to PostgreSQL, past the proxy. */
  readonly ownerUrl: string;
  readonly mailboxFile: string;
  readonly postgres: Running;
  readonly redis: Running;
  readonly toxiproxy: RunningToxiproxy;
  readonly smtp: SmtpSink;
  /** `url` is its control API. */
  readonly lab: Lab;
  readonly prometheus: Running;
  readonly alertmanager: Running | null;
  readonly shop: Shop;
  /** What the shop's own people have: a way into the internal API, and the stores of the workers' desk. */
  readonly serviceToken: string;
  readonly desk: { readonly databaseUrl: string; readonly redisUrl: string };
  /** What a warehouse signs its counts with. */
  readonly stockFeedSecret: string;
  /** Ordered stop of everything; `keep` leaves the run's directory with its logs. */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

export async function boot(options: BootOptions): Promise<Booted> {
  const run = await openRun({
    stateDirectory: options.stateDirectory ?? stateDirectory(),
    progress: options.progress,
    signal: options.signal,
  });
  try {
    return await bootInto(run, options);
  } catch (error) {
    // The first failure is the one to report; a stop that fails as well must not hide it.
    await run.stop().catch((stopError: Error) => options.progress.note(stopError.message));
    throw error;
  }
}

async function bootInto(run: Run, options: BootOptions): Promise<Booted> {
  const { progress } = options;
  progress.phase('find or get the parts');
  const parts = await resolveParts({ progress, signal: options.signal });
  progress.phase('start PostgreSQL, Redis, Toxiproxy, mail sink, provider lab');
  const below = await startBelow(run, parts, options.ledgerDirectory ?? run.directory);
  progress.phase('migrate and seed');
  const rolePasswords = await prepareDatabase(below.postgres.url);
  progress.phase('start Prometheus and Alertmanager');
  const above = await startMonitoring(run, parts, options);
  progress.phase('start the shop');
  const serviceToken = newServiceToken();
  const stockFeedSecret = newServiceToken();
  const databaseUrls = roleUrls(
    through(below.postgres.url, below.toxiproxy.proxies.postgres!),
    rolePasswords,
  );
  const redisUrl = through(below.redis.url, below.toxiproxy.proxies.redis!);
  const shop = await startShop(run, {
    databaseUrls,
    redisUrl,
    smtpUrl: below.smtp.url,
    serviceToken,
    providerUrls: below.lab.providerUrls,
    webhooksFrom: below.lab.url,
    otlpEndpoint: options.otlpEndpoint,
    more: { STOCK_FEED_SECRET: stockFeedSecret, ...options.shopEnvironment },
  });
  const desk = { databaseUrl: databaseUrls.workers, redisUrl };
  run.serves({ ordersUrl: shop.orders.url, serviceToken, workers: desk });
  writeTargets(above.targetsFile, shop.targets);
  const { targetsFile: _, ...monitoring } = above;
  const running = [below.postgres, below.redis, below.toxiproxy, monitoring.prometheus];
  return {
    run,
    parts,
    versions: {
      node: process.versions.node,
      k6: parts.k6.version,
      alertmanager: parts.alertmanager.version,
      ...Object.fromEntries(running.map(({ name, version }) => [name, version])),
    },
    ownerUrl: below.postgres.url,
    ...below,
    ...monitoring,
    shop,
    ...{ serviceToken, desk, stockFeedSecret },
    stop: (stopOptions) => run.stop(stopOptions),
  };
}

async function startBelow(run: Run, parts: Parts, ledgers: string) {
  const below = await startParts(run, parts, ledgers);
  const toxiproxy = await startToxiproxy(run, parts.toxiproxy, {
    postgres: addressOf(below.postgres.url, 5432),
    redis: addressOf(below.redis.url, 6379),
  });
  return { ...below, toxiproxy };
}

async function startMonitoring(run: Run, parts: Parts, options: BootOptions) {
  const dataDir = prometheusDataDirectory(run);
  const targetsFile = join(run.directory, 'targets.json');
  mkdirSync(dataDir, { recursive: true });
  writeTargets(targetsFile, []);
  await options.beforePrometheus?.({
    dataDir,
    workDir: run.directory,
    promtool: parts.prometheus.binaries.promtool!,
    promtoolEnvironment: parts.prometheus.environment,
    onSpawn: (pid) => void run.adopt('promtool', pid),
  });
  const alertmanager =
    options.alertmanagerConfig === undefined
      ? null
      : await startAlertmanager(run, parts.alertmanager, options.alertmanagerConfig);
  const prometheus = await startPrometheus(run, parts.prometheus, {
    scrapeIntervalSeconds: options.scrapeIntervalSeconds ?? 2,
    evaluationIntervalSeconds: options.evaluationIntervalSeconds ?? 2,
    ruleFiles: options.ruleFiles,
    targetsFile,
    alertmanager: alertmanager === null ? undefined : new URL(alertmanager.url).host,
  });
  return { alertmanager, prometheus, targetsFile };
}

function addressOf(url: string, standardPort: number): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? standardPort : port}`;
}
