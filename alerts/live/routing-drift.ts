// What a running Alertmanager routes, holds back and sends, beside what the code says. Where a receiver leads is
// receiver-drift.ts; Alertmanager hides it.
import { isDeepStrictEqual } from 'node:util';
import type { alertmanagerConfig } from '../alertmanager.ts';
import { plain } from './durations.ts';

type Route = Readonly<Record<string, unknown>> & { readonly routes?: readonly Route[] };
type Sender = Readonly<Record<string, unknown>>;
type Receiver = Readonly<Record<string, unknown>> & { readonly name: string };
export interface Routing {
  readonly global?: Readonly<Record<string, unknown>>;
  readonly route: Route;
  readonly inhibit_rules?: readonly Readonly<Record<string, unknown>>[];
  readonly receivers?: readonly Receiver[];
}

export function routingDrift(wanted: ReturnType<typeof alertmanagerConfig>, live: Routing): string[] {
  const ours = wanted as unknown as Routing;
  return [
    ...globalDrift(ours.global ?? {}, live.global ?? {}),
    ...routeDrift('route', ours.route, live.route),
    ...listDrift('inhibition', (ours.inhibit_rules ?? []).map(plain), (live.inhibit_rules ?? []).map(plain)),
    ...receiversDrift(ours.receivers ?? [], live.receivers ?? []),
  ];
}

/** What Alertmanager fills in itself; a proxy or a lost redirect is not among it. */
const defaultHttp = { follow_redirects: true, enable_http2: true };

/** Of `global` only this concerns a webhook; the rest are addresses of services that none of ours is told through. */
function globalDrift(ours: Sender, theirs: Sender): string[] {
  return [
    ...differences(
      'global',
      { resolve_timeout: ours.resolve_timeout },
      { resolve_timeout: theirs.resolve_timeout },
    ),
    ...differences(
      'global',
      { http_config: defaultHttp },
      { http_config: theirs.http_config ?? defaultHttp },
    ),
  ];
}

function routeDrift(place: string, ours: Route, theirs: Route): string[] {
  const { routes: ourRoutes = [], ...own } = ours;
  const { routes: theirRoutes = [], ...other } = theirs;
  const differs = isDeepStrictEqual(plain(own), plain(other))
    ? []
    : [`${place} is ${plain(other)} and should be ${plain(own)}`];
  const count = Math.max(ourRoutes.length, theirRoutes.length);
  return [
    ...differs,
    ...Array.from({ length: count }, (_, index) => {
      const [one, two] = [ourRoutes[index], theirRoutes[index]];
      const where = `${place}.routes[${index}]`;
      if (one === undefined) return [`${where} is not in the code: ${plain(two)}`];
      return two === undefined ? [`${where} is missing: ${plain(one)}`] : routeDrift(where, one, two);
    }).flat(),
  ];
}

function receiversDrift(ours: readonly Receiver[], theirs: readonly Receiver[]): string[] {
  const names = (receivers: readonly Receiver[]) => receivers.map(({ name }) => name).toSorted();
  return [
    ...listDrift('receiver', names(ours), names(theirs)),
    ...ours.flatMap((receiver) => {
      const found = theirs.find(({ name }) => name === receiver.name);
      return found === undefined ? [] : receiverDrift(receiver, found);
    }),
  ];
}

function receiverDrift(ours: Receiver, theirs: Receiver): string[] {
  const kinds = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((key) => key !== 'name');
  return kinds.flatMap((kind) => {
    const [wanted, found] = [sendersOf(ours, kind), sendersOf(theirs, kind)];
    const place = `receiver ${ours.name}: ${kind}`;
    if (wanted.length !== found.length)
      return [`${place} has ${found.length} entries and should have ${wanted.length}`];
    return wanted.flatMap((sender, index) => differences(place, sender, found[index]!));
  });
}

/** Without the address, and without what Alertmanager adds to every sender. */
function sendersOf(receiver: Receiver, kind: string): Sender[] {
  return ((receiver[kind] ?? []) as readonly Sender[]).map(({ url: _, ...sender }) => ({
    http_config: defaultHttp,
    ...without(sender, { timeout: '0s', url_file: '' }),
  }));
}

const without = (sender: Sender, defaults: Sender): Sender =>
  Object.fromEntries(
    Object.entries(sender).filter(([key, value]) => !(key in defaults) || value !== defaults[key]),
  );

function differences(place: string, ours: Sender, theirs: Sender): string[] {
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return keys
    .filter((key) => plain(ours[key] ?? null) !== plain(theirs[key] ?? null))
    .map(
      (key) => `${place} ${key} is ${plain(theirs[key] ?? null)} and should be ${plain(ours[key] ?? null)}`,
    );
}

function listDrift(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  return [
    ...ours.filter((one) => !theirs.includes(one)).map((one) => `${what} is missing: ${one}`),
    ...theirs.filter((one) => !ours.includes(one)).map((one) => `${what} is not in the code: ${one}`),
  ];
}
