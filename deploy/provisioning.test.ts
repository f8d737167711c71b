// Grafana's and Prometheus' provisioning held against what it is mounted beside, and against the dashboards and the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardUids, defaultLinkBases } from '../alerts/links.ts';

const root = join(import.meta.dirname, '..');
const read = <T>(file: string) => parse(readFileSync(join(root, file), 'utf8'), { merge: true }) as T;

interface Source {
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData?: {
    readonly exemplarTraceIdDestinations?: readonly { name: string; datasourceUid: string }[];
  };
}
interface Service {
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}

const { datasources } = read<{ datasources: readonly Source[] }>(
  'deploy/grafana/provisioning/datasources/headroom.yml',
);
const { providers } = read<{
  providers: readonly { folder: string; type: string; allowUiUpdates: boolean; options: { path: string } }[];
}>('deploy/grafana/provisioning/dashboards/headroom.yml');
const { services } = read<{ services: Record<string, Service> }>('docker-compose.yml');
const prometheus = read<{
  rule_files: string[];
  alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}>('deploy/prometheus/prometheus.yml');
/** Where a service sees a path of this repository. */
const mounts = (service: string) =>
  new Map((services[service]!.volumes ?? []).map((volume) => volume.split(':') as [string, string]));
const generated = readdirSync(join(root, 'dashboards', 'generated')).filter((file) => file.endsWith('.json'));

describe('the data sources', () => {
  test('each leads to a service of docker-compose.yml, and one is the default', () => {
    for (const { url } of datasources) expect(Object.keys(services)).toContain(new URL(url).hostname);
    expect(datasources.filter(({ isDefault }) => isDefault).map(({ type }) => type)).toEqual(['prometheus']);
    expect(new Set(datasources.map(({ uid }) => uid)).size).toBe(datasources.length);
  });

  test('an exemplar leads to the traces, by the label that our histograms put on it', () => {
    const destinations = datasources.flatMap(({ jsonData }) => jsonData?.exemplarTraceIdDestinations ?? []);
    expect(destinations).toHaveLength(1);
    const [{ name, datasourceUid }] = destinations as [{ name: string; datasourceUid: string }];
    expect(datasources.find(({ uid }) => uid === datasourceUid)?.type).toBe('jaeger');
    expect(readFileSync(join(root, 'core/telemetry/instruments.ts'), 'utf8')).toContain(
      `{ ${name}: traceId }`,
    );
    expect(services.prometheus!.command).toContain('--enable-feature=exemplar-storage');
  });
});

describe('the dashboards', () => {
  test('are read from the folder they are generated into, which nobody edits by hand', () => {
    const [provider] = providers;
    expect(providers).toHaveLength(1);
    expect(provider).toMatchObject({ folder: 'Headroom', type: 'file', allowUiUpdates: false });
    expect(mounts('grafana').get('./dashboards/generated')).toBe(provider!.options.path);
    expect(mounts('grafana').get('./deploy/grafana/provisioning')).toBe('/etc/grafana/provisioning');
  });

  test('are there for every link, under the uid the link names, on a data source that is provisioned', () => {
    const uids = generated.map((file) => {
      const { uid, templating } = JSON.parse(
        readFileSync(join(root, 'dashboards/generated', file), 'utf8'),
      ) as {
        uid: string;
        templating: { list: { type: string; query?: string }[] };
      };
      expect(`${uid}.json`).toBe(file);
      const wanted = templating.list.filter(({ type }) => type === 'datasource').map(({ query }) => query);
      expect(wanted.filter((type) => !datasources.some((source) => source.type === type))).toEqual([]);
      return uid;
    });
    expect(uids.toSorted()).toEqual(Object.values(dashboardUids).toSorted());
    expect(services.grafana!.ports).toContain(`${new URL(defaultLinkBases.grafana).host}:3000`);
  });
});

describe('Prometheus and Alertmanager', () => {
  test('read the generated rules and routing, may be told to read them again, and know each other', () => {
    const rules = mounts('prometheus').get('./alerts/generated/rules.yml')!;
    const [pattern] = prometheus.rule_files;
    expect(rules.startsWith(pattern!.replace('*.yml', ''))).toBe(true);
    expect(services.prometheus!.command).toContain('--web.enable-lifecycle');
    const routing = mounts('alertmanager').get('./alerts/generated/alertmanager.yml');
    expect(services.alertmanager!.command).toContain(`--config.file=${routing}`);
    const targets = prometheus.alerting.alertmanagers.flatMap((one) =>
      one.static_configs.flatMap((each) => each.targets),
    );
    expect(targets.map((target) => target.split(':')[0])).toEqual(['alertmanager']);
    for (const file of ['rules.yml', 'alertmanager.yml'])
      expect(existsSync(join(root, 'alerts/generated', file))).toBe(true);
  });

  test('are watched like the shop: every target is a service, and the two are among them', () => {
    const jobs = prometheus.scrape_configs.map(({ job_name }) => job_name);
    expect(jobs).toEqual(
      expect.arrayContaining(['checkout', 'orders', 'workers', 'prometheus', 'alertmanager']),
    );
    const hosts = prometheus.scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap(({ targets }) => targets.map((target) => target.split(':')[0]!)),
    );
    expect(hosts.filter((host) => host !== 'localhost' && !(host in services))).toEqual([]);
  });
});
