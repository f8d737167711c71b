// Alertmanager delivers alerts to the webhook that the caller's configuration names.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FoundPart, Part } from './part.ts';
import { onFreePort } from './ports.ts';
import { startProcess } from './process.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { answers } from './until.ts';

export const alertmanager: Part = {
  name: 'alertmanager',
  title: 'Alertmanager',
  binaries: ['alertmanager', 'amtool'],
  alsoCalled: { alertmanager: ['prometheus-alertmanager'] }, // Debian's name for it
  minimumVersion: '0.25',
  versionArguments: ['--version'],
  pathVariable: 'HEADROOM_ALERTMANAGER',
  sources: [
    {
      kind: 'apt',
      packageName: 'prometheus-alertmanager',
      // Debian's reads its default template from there and does not start without it.
      compiledIn: {
        program: 'usr/bin/prometheus-alertmanager',
        directory: '/usr/share/prometheus/alertmanager',
      },
    },
    { kind: 'brew', formula: 'alertmanager' },
  ],
  containerImage: 'prom/alertmanager:v0.28.1',
};

export function startAlertmanager(run: Run, part: FoundPart, configFile: string): Promise<Running> {
  const binary = part.binaries.alertmanager!;
  // Where a relocated copy looks for its default template; any other does not care where it runs.
  const share = join(dirname(binary), '../share/prometheus/alertmanager');
  return onFreePort((port) => {
    const url = `http://127.0.0.1:${port}`;
    return startProcess(run, {
      name: 'alertmanager',
      command: binary,
      ...(existsSync(share) ? { cwd: share } : {}),
      args: [
        `--config.file=${configFile}`,
        `--storage.path=${join(run.directory, 'alertmanager')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=', // alone: gossip would open a port on every interface
      ],
      env: part.environment,
      url,
      version: part.version,
      ready: () => answers(`${url}/-/ready`),
    });
  });
}
