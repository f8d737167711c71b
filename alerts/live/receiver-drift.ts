// Where the receivers lead, and whether anybody is reached there. Newer Alertmanagers hide the address of a webhook; what
// they do not hide is a hash of the whole file they read, and a file that `apply` wrote is known here byte for byte.
import { createHash } from 'node:crypto';
import { alertmanagerConfig } from '../alertmanager.ts';
import { isPlaceholder, placeholderReceivers, type Receivers } from '../receivers.ts';
import { renderAlertmanager } from '../render.ts';
import type { Routing } from './routing-drift.ts';

export interface Seen {
  readonly differences: readonly string[];
  /** What could not be compared, and how it could be. */
  readonly not_seen: readonly string[];
}

/** The first 48 bits, little-endian: all that a metric's float holds exactly. */
function configHash(text: string): number {
  const bytes = Buffer.alloc(8);
  createHash('md5').update(text).digest().copy(bytes, 0, 0, 6);
  return Number(bytes.readBigUInt64LE());
}

const hidden = (url: string) => url === '<secret>' || url === '';

function addresses(routing: Routing): Map<string, string> {
  return new Map(
    (routing.receivers ?? []).flatMap(({ name, webhook_configs }) =>
      ((webhook_configs ?? []) as readonly { url?: string }[])
        .slice(0, 1)
        .map(({ url }) => [name, url ?? ''] as const),
    ),
  );
}

export function receiverDrift(live: Routing, metrics: string, to: Receivers | undefined): Seen {
  const hash = metricIn(metrics, 'alertmanager_config_hash');
  const found = [...addresses(live)];
  const secret = found.filter(([, url]) => hidden(url)).map(([name]) => name);
  const nobody =
    hash === configHash(renderAlertmanager(placeholderReceivers))
      ? found.map(([name]) => name)
      : found.filter(([, url]) => !hidden(url) && isPlaceholder(url)).map(([name]) => name);
  const placeholders =
    nobody.length === 0
      ? []
      : [`the address of ${nobody.join(', ')} is a placeholder: whoever is told there is told nothing`];
  const undelivered = delivery(metrics);
  if (to === undefined)
    return {
      differences: [...placeholders, ...undelivered],
      not_seen: ['where the receivers lead: say where they should, with --receivers'],
    };
  const wanted = addresses(alertmanagerConfig(to) as unknown as Routing);
  const elsewhere = found
    .filter(([name, url]) => !hidden(url) && wanted.has(name) && wanted.get(name) !== url)
    .map(([name, url]) => `receiver ${name} leads to ${hostOf(url)} and not where it should`);
  return {
    differences: [...placeholders, ...elsewhere, ...undelivered, ...hiddenDrift(secret, hash, to)],
    not_seen:
      secret.length > 0 && hash === null
        ? [`where ${secret.join(', ')} lead: Alertmanager hides it, and gives no hash of its file`]
        : [],
  };
}

/** The path may be a secret; the host says whose it is. */
function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'no URL';
  }
}

function hiddenDrift(secret: readonly string[], hash: number | null, to: Receivers): string[] {
  if (secret.length === 0 || hash === null || hash === configHash(renderAlertmanager(to))) return [];
  return [
    `the file that Alertmanager read is not the one rendered here, and it hides where ${secret.join(', ')} lead: apply it again`,
  ];
}

function delivery(metrics: string): string[] {
  const webhook = '\\{integration="webhook"[^}]*\\}';
  const tried = metricIn(metrics, `alertmanager_notifications_total${webhook}`) ?? 0;
  const failed = metricIn(metrics, `alertmanager_notifications_failed_total${webhook}`) ?? 0;
  const refused = metricIn(metrics, 'alertmanager_config_last_reload_successful') === 0;
  return [
    ...(tried > 0 && failed >= tried
      ? [`of ${tried} notifications none has arrived: whoever should be told was told nothing`]
      : []),
    ...(refused
      ? ['Alertmanager refused what it was last told to read: what it routes is older than its file']
      : []),
  ];
}

/** Every series of it added up; null = there is none. */
function metricIn(text: string, series: string): number | null {
  const values = [...text.matchAll(new RegExp(`^${series}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map((match) =>
    Number(match[1]),
  );
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}
