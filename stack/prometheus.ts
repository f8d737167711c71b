// Prometheus, with promtool beside it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundPart, Part } from './part.ts';
import { onFreePort } from './ports.ts';
import { startProcess } from './process.ts';
import { type PrometheusConfig, renderPrometheusConfig } from './prometheus-config.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { answers } from './until.ts';

export const prometheus: Part = {
  name: 'prometheus',
  title: 'Prometheus',
  binaries: ['prometheus', 'promtool'],
  minimumVersion: '2.42',
  versionArguments: ['--version'],
  pathVariable: 'HEADROOM_PROMETHEUS',
  sources: [
    { kind: 'apt', packageName: 'prometheus' },
    { kind: 'brew', formula: 'prometheus' },
  ],
  containerImage: 'prom/prometheus:v2.53.5',
};

/** Where its blocks are: a history is written here before the start. */
export const prometheusDataDirectory = (run: Run) => join(run.directory, 'prometheus');

export function startPrometheus(run: Run, part: FoundPart, config: PrometheusConfig): Promise<Running> {
  const configFile = join(run.directory, 'prometheus.yml');
  return onFreePort((port) => {
    writeFileSync(configFile, renderPrometheusConfig(config, `127.0.0.1:${port}`));
    const url = `http://127.0.0.1:${port}`;
    return startProcess(run, {
      name: 'prometheus',
      command: part.binaries.prometheus!,
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${prometheusDataDirectory(run)}`,
        // 30-day windows need 30 days and a margin; the default of 15 halves increase[30d] without a word.
        '--storage.tsdb.retention.time=40d',
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-lifecycle',
        '--enable-feature=exemplar-storage',
        // What fires before Alertmanager is discovered is dropped, and sent again only after this; the default is 1 min.
        '--rules.alert.resend-delay=10s',
      ],
      env: part.environment,
      url,
      version: part.version,
      // A 30-day block is opened and replayed before it is ready.
      readyWithinMs: 60_000,
      stopWithinMs: 10_000,
      ready: () => answers(`${url}/-/ready`),
    });
  });
}
