// What lies between the rules and whoever is told: how Prometheus was told to scrape, to evaluate and to send on.
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { slowestScrapeSeconds } from '../scrape.ts';
import { plain, secondsIn } from './durations.ts';
import { readJson } from './servers.ts';

interface Configuration {
  readonly global?: { readonly scrape_interval?: string; readonly rule_query_offset?: string };
  readonly alerting?: {
    readonly alert_relabel_configs?: readonly unknown[];
    readonly alertmanagers?: readonly { readonly alert_relabel_configs?: readonly unknown[] }[];
  };
  readonly scrape_configs?: readonly {
    readonly job_name: string;
    readonly scrape_interval?: string;
  }[];
}

/** Prometheus looks for its Alertmanagers every 5 s: one that was started or reloaded just now knows none yet. */
export const connectsWithinMs = 6_000;

export async function connectionDrift(prometheusUrl: string, withinMs: number): Promise<string[]> {
  const read = <T>(path: string) =>
    readJson<{ data: T }>(`${prometheusUrl}/api/v1/${path}`).then(({ data }) => data);
  const [{ yaml }, { reloadConfigSuccess }] = await Promise.all([
    read<{ yaml: string }>('status/config'),
    read<{ reloadConfigSuccess: boolean }>('status/runtimeinfo'),
  ]);
  const config = (parse(yaml) ?? {}) as Configuration;
  const connected = async () =>
    (await read<{ activeAlertmanagers: readonly unknown[] }>('alertmanagers')).activeAlertmanagers.length;
  const until = performance.now() + withinMs;
  let alertmanagers = await connected();
  while (alertmanagers === 0 && knownTo(config).length > 0 && performance.now() < until) {
    await pause(500);
    alertmanagers = await connected();
  }
  return [
    ...(reloadConfigSuccess
      ? []
      : ['Prometheus refused what it was last told to read: what it evaluates is older than its files']),
    ...sending(config, alertmanagers),
    ...scraping(config),
    ...offset(config),
  ];
}

const knownTo = ({ alerting }: Configuration) => alerting?.alertmanagers ?? [];

function sending(config: Configuration, connected: number): string[] {
  const configured = knownTo(config);
  const relabelled = [
    ...(config.alerting?.alert_relabel_configs ?? []),
    ...configured.flatMap((one) => one.alert_relabel_configs ?? []),
  ];
  const nobody =
    configured.length === 0
      ? ['Prometheus knows no Alertmanager: whatever fires is told to nobody']
      : connected === 0
        ? ['Prometheus reaches none of its Alertmanagers: whatever fires is told to nobody']
        : [];
  return [
    ...nobody,
    // One of them drops an alert, or takes the label it is routed by.
    ...relabelled.map((one) => `alerts are relabelled before they are sent: ${plain(one)}`),
  ];
}

/** A range that holds fewer samples than it was written for is empty or late. */
function scraping({ global, scrape_configs = [] }: Configuration): string[] {
  return scrape_configs.flatMap(({ job_name, scrape_interval }) => {
    const seconds = secondsIn(scrape_interval ?? global?.scrape_interval ?? '1m');
    return seconds <= slowestScrapeSeconds
      ? []
      : [
          `job ${job_name} is scraped every ${seconds} s; the rules are written for ${slowestScrapeSeconds} s`,
        ];
  });
}

function offset({ global }: Configuration): string[] {
  const seconds = secondsIn(global?.rule_query_offset ?? '');
  return seconds === 0 ? [] : [`every rule is evaluated ${seconds} s late: rule_query_offset should be 0s`];
}
