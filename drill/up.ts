// The shop to look at: booted like a drill's, with the committed rules, until somebody ends it.
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../stack/places.ts';
import type { Progress } from '../stack/progress.ts';
import { type Booted, boot } from './boot.ts';

const generated = join(packageRoot, 'alerts', 'generated');

export interface Addresses {
  readonly checkout: string;
  readonly orders: string;
  readonly workers: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly lab: string;
  readonly toxiproxy: string;
  readonly logs: string;
  readonly mailbox: string;
  /** The owner's, for `psql`: the runbooks send the on-call there. On loopback, with a password made for this run. */
  readonly database: string;
}

/** Calls `ready` once everything serves; returns after an ordered stop when `signal` aborts. */
export async function up(
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
  ready: (addresses: Addresses) => void,
): Promise<void> {
  const booted = await boot({
    progress,
    signal,
    ruleFiles: [join(generated, 'rules.yml')],
    alertmanagerConfig: join(generated, 'alertmanager.yml'),
  });
  try {
    progress.phase('running until Ctrl-C or `headroom down`');
    ready(addressesOf(booted));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    progress.phase('stop');
    await booted.stop();
  }
}

const addressesOf = (booted: Booted): Addresses => {
  const { shop, prometheus, alertmanager, lab, toxiproxy, run, mailboxFile, ownerUrl } = booted;
  return {
    checkout: shop.checkout.url,
    orders: shop.orders.url,
    workers: shop.workers.url,
    prometheus: prometheus.url,
    alertmanager: alertmanager?.url ?? '',
    lab: lab.url,
    toxiproxy: toxiproxy.url,
    logs: run.logs,
    mailbox: mailboxFile,
    database: ownerUrl,
  };
};

export function upText(addresses: Addresses): string {
  return Object.entries(addresses)
    .map(([name, place]) => `${name.padEnd(13)}${place}`)
    .join('\n');
}
