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

/** Of itself and of Alertmanager what the path of an alert is watched by; the rest would be a thousand series a run. */
const watched = 'prometheus_(rule|notifications|config)_.*|alertmanager_(notification|config|alerts).*';

function watching(job: string, address: string) {
  return {
    job_name: job,
    static_configs: [{ targets: [address], labels: { instance: `${job}-1` } }],
    metric_relabel_configs: [{ source_labels: ['__name__'], regex: watched, action: 'keep' }],
  };
}

/** `job` is fixed per service and `instance` is `<job>-<n>` whatever the port, so that live series continue a generated history. */
export interface ScrapeTarget {
  readonly job: string;
  readonly instance: string;
  /** `host:port`, path /metrics. */
  readonly address: string;
}

/** `self`: the `host:port` it will listen on. */
export function renderPrometheusConfig(config: PrometheusConfig, self: string): string {
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
      watching('prometheus', self),
      ...(config.alertmanager === undefined ? [] : [watching('alertmanager', config.alertmanager)]),
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
