// The configuration of the Prometheus that a run starts. Targets are read from a file, because the shop gets its ports later.
import { renameSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';

export interface PrometheusConfig {
  readonly scrapeIntervalSeconds: number;
  readonly evaluationIntervalSeconds: number;
  readonly ruleFiles: readonly string[];
  readonly targetsFile: string;
  /** `host:port`; absent = alerts are evaluated and go nowhere. */
  readonly alertmanager?: string | undefined;
}

/** `job` is fixed per service and `instance` is `<job>-<n>` whatever the port, so that live series continue a generated history. */
export interface ScrapeTarget {
  readonly job: string;
  readonly instance: string;
  /** `host:port`, path /metrics. */
  readonly address: string;
}

export function renderPrometheusConfig(config: PrometheusConfig): string {
  const alerting =
    config.alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [config.alertmanager] }] }] } };
  return stringify({
    global: {
      scrape_interval: `${config.scrapeIntervalSeconds}s`,
      scrape_timeout: `${config.scrapeIntervalSeconds}s`,
      evaluation_interval: `${config.evaluationIntervalSeconds}s`,
    },
    rule_files: config.ruleFiles,
    ...alerting,
    // One job of this name that no target keeps: each brings its own `job`.
    scrape_configs: [
      { job_name: 'headroom', file_sd_configs: [{ files: [config.targetsFile], refresh_interval: '5s' }] },
    ],
  });
}

/** Prometheus watches the file; the rename keeps it from reading half of it. */
export function writeTargets(file: string, targets: readonly ScrapeTarget[]): void {
  const groups = targets.map(({ job, instance, address }) => ({
    targets: [address],
    labels: { job, instance },
  }));
  writeFileSync(`${file}.new`, JSON.stringify(groups));
  renameSync(`${file}.new`, file);
}
