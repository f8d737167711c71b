// What a running Prometheus evaluates and a running Alertmanager routes, beside what the code says.
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { alertmanagerConfig } from '../alertmanager.ts';
import type { AlertRule } from '../alert.ts';
import { tokensOf } from '../promql-reader.ts';
import { isAlert, type RecordingRule, type RuleGroup, ruleGroups } from '../rules.ts';
import { readJson } from './servers.ts';

interface LiveRule {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly duration?: number;
  readonly health: string;
  readonly lastError?: string;
}
interface LiveGroup {
  readonly name: string;
  readonly interval: number;
  readonly rules: readonly LiveRule[];
}

/** One sentence a difference; empty = as the code says. */
async function ruleDrift(prometheusUrl: string): Promise<string[]> {
  const { data } = await readJson<{ data: { groups: LiveGroup[] } }>(`${prometheusUrl}/api/v1/rules`);
  const wanted = ruleGroups();
  const canonical = await canonicalForms(
    prometheusUrl,
    wanted.flatMap((group) => differentIn(group, data.groups)),
  );
  const extra = data.groups
    .filter(({ name }) => wanted.every((group) => group.name !== name))
    .map(({ name }) => `group ${name} is evaluated and not in the code`);
  return [...wanted.flatMap((group) => groupDrift(group, data.groups, canonical)), ...extra];
}

type Canonical = ReadonlyMap<string, string>;

function groupDrift(group: RuleGroup, live: readonly LiveGroup[], canonical: Canonical): string[] {
  const found = live.find(({ name }) => name === group.name);
  if (found === undefined) return [`group ${group.name} is not evaluated`];
  const pace =
    found.interval === group.intervalSeconds
      ? []
      : [`group ${group.name} is evaluated every ${found.interval} s instead of ${group.intervalSeconds} s`];
  const rules = group.rules.flatMap((rule, index) => ruleDifference(rule, found.rules[index], canonical));
  const more = found.rules
    .slice(group.rules.length)
    .map(({ name }) => `${name} in ${group.name} is not in the code`);
  return [...pace, ...rules, ...more];
}

const nameOf = (rule: AlertRule | RecordingRule) => (isAlert(rule) ? rule.alert : rule.record);
const titleOf = (rule: AlertRule | RecordingRule) => {
  const which = rule.labels.burn_tier ?? rule.labels.slo;
  return which === undefined ? nameOf(rule) : `${nameOf(rule)} (${which})`;
};

function ruleDifference(
  rule: AlertRule | RecordingRule,
  live: LiveRule | undefined,
  canonical: Canonical,
): string[] {
  const title = titleOf(rule);
  if (live === undefined) return [`${title} is not evaluated`];
  if (live.name !== nameOf(rule)) return [`${title} should be where ${live.name} is`];
  const parts: [string, unknown, unknown][] = [
    ['expression', formOf(canonical, rule.expr), formOf(canonical, live.query)],
    ['labels', rule.labels, live.labels ?? {}],
    ...(isAlert(rule)
      ? ([
          ['for', rule.forSeconds, live.duration],
          ['annotations', rule.annotations, live.annotations ?? {}],
        ] as [string, unknown, unknown][])
      : []),
  ];
  const differs = parts
    .filter(([, ours, theirs]) => !isDeepStrictEqual(ours, theirs))
    .map(
      ([what, ours, theirs]) =>
        `${title}: ${what} is ${JSON.stringify(theirs)} and should be ${JSON.stringify(ours)}`,
    );
  return live.health === 'err' ? [...differs, `${title} cannot be evaluated: ${live.lastError}`] : differs;
}

/** Apart from spaces and from how a duration is written. */
const wordsOf = (expr: string) =>
  tokensOf(expr)
    .map(({ kind, text }) => (kind === 'duration' ? `${secondsIn(text)}s` : text))
    .join(' ');

const formOf = (canonical: Canonical, expr: string) => canonical.get(expr) ?? wordsOf(expr);

/** Expressions whose words differ: what they mean may still be the same. */
function differentIn({ name, rules }: RuleGroup, live: readonly LiveGroup[]): string[] {
  const found = live.find((group) => group.name === name)?.rules ?? [];
  return rules.flatMap(({ expr }, index) => {
    const query = found[index]?.query;
    return query === undefined || wordsOf(query) === wordsOf(expr) ? [] : [expr, query];
  });
}

const atOnce = 8;

/** Prometheus prints what it parsed, not what it read: both sides are printed by it once more. */
async function canonicalForms(prometheusUrl: string, exprs: readonly string[]): Promise<Canonical> {
  const forms = new Map<string, string>();
  const waiting = new Set(exprs).values();
  const worker = async () => {
    for (const expr of waiting) {
      const query = new URLSearchParams({ query: expr });
      const { data } = await readJson<{ data: string }>(`${prometheusUrl}/api/v1/format_query?${query}`);
      forms.set(expr, data);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return forms;
}

type Route = Readonly<Record<string, unknown>> & { readonly routes?: readonly Route[] };
interface Routing {
  readonly route: Route;
  readonly inhibit_rules: readonly Readonly<Record<string, unknown>>[];
  readonly receivers: readonly { readonly name: string }[];
}

async function routingDrift(alertmanagerUrl: string): Promise<string[]> {
  const { config } = await readJson<{ config: { original: string } }>(`${alertmanagerUrl}/api/v2/status`);
  const live = parse(config.original) as Routing;
  const ours = alertmanagerConfig() as unknown as Routing;
  const names = ({ receivers }: Routing) => receivers.map(({ name }) => name).toSorted();
  return [
    ...routeDrift('route', ours.route, live.route),
    ...listDrift('inhibition', ours.inhibit_rules.map(plain), (live.inhibit_rules ?? []).map(plain)),
    ...listDrift('receiver', names(ours), names(live)),
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

function listDrift(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  return [
    ...ours.filter((one) => !theirs.includes(one)).map((one) => `${what} is missing: ${one}`),
    ...theirs.filter((one) => !ours.includes(one)).map((one) => `${what} is not in the code: ${one}`),
  ];
}

const unitSeconds = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

const secondsIn = (duration: string) =>
  [...duration.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitSeconds[unit as 's'],
    0,
  );

/** Alertmanager prints 24h as 1d and leaves out what is false or empty. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'string' && /^(?:\d+[dhms])+$/.test(one)) return secondsIn(one);
    // Lists of words are sets here: matchers, labels.
    if (Array.isArray(one)) return one.every((item) => typeof item === 'string') ? one.toSorted() : one;
    if (one === null || typeof one !== 'object') return one;
    const kept = Object.entries(one).filter(
      ([, part]) => part !== false && !(Array.isArray(part) && part.length === 0),
    );
    return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

interface Drift {
  readonly differences: readonly string[];
}

export async function alertDrift(prometheusUrl: string, alertmanagerUrl: string | undefined): Promise<Drift> {
  const found = await Promise.all([
    ruleDrift(prometheusUrl),
    alertmanagerUrl === undefined ? [] : routingDrift(alertmanagerUrl),
  ]);
  return { differences: found.flat() };
}

export const driftText = ({ differences }: Drift): string =>
  differences.length === 0
    ? 'What runs is what the code says.'
    : `${differences.length} differences:\n  ${differences.join('\n  ')}`;
