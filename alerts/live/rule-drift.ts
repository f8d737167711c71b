// What a running Prometheus evaluates, rule by rule, beside what is rendered: everything that its API tells of a rule.
import { isDeepStrictEqual } from 'node:util';
import { tokensOf } from '../promql-reader.ts';
import { ruleGroupDocuments } from '../render.ts';
import type { RuleGroup } from '../rules.ts';
import { secondsIn } from './durations.ts';
import { readJson } from './servers.ts';

interface LiveRule {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly duration?: number;
  readonly keepFiringFor?: number;
  readonly health: string;
  readonly lastError?: string;
}
interface LiveGroup {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly limit?: number;
  readonly rules: readonly LiveRule[];
}

/** As rendered: what a rule file may hold, whether ours does or not. */
interface RuleDocument {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface GroupDocument {
  readonly name: string;
  readonly interval: string;
  readonly limit?: number;
  readonly rules: readonly RuleDocument[];
}

/** One sentence a difference; empty = as the code says. */
export async function ruleDrift(prometheusUrl: string, groups: readonly RuleGroup[]): Promise<string[]> {
  const { data } = await readJson<{ data: { groups: LiveGroup[] } }>(`${prometheusUrl}/api/v1/rules`);
  const wanted = ruleGroupDocuments(groups) as readonly GroupDocument[];
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

function groupDrift(group: GroupDocument, live: readonly LiveGroup[], canonical: Canonical): string[] {
  const found = live.filter(({ name }) => name === group.name);
  if (found.length === 0) return [`group ${group.name} is not evaluated`];
  const files = found.map(({ file }) => file).join(' and ');
  return [
    ...(found.length === 1
      ? []
      : [`group ${group.name} is evaluated ${found.length} times, from ${files}; take all but one away`]),
    ...found.flatMap((one) => differencesIn(group, one, canonical)),
  ];
}

function differencesIn(group: GroupDocument, live: LiveGroup, canonical: Canonical): string[] {
  const seconds = secondsIn(group.interval);
  return [
    ...(live.interval === seconds
      ? []
      : [`group ${group.name} is evaluated every ${live.interval} s instead of ${seconds} s`]),
    // Past it the group fails: exactly when many things are wrong at once.
    ...((live.limit ?? 0) === (group.limit ?? 0)
      ? []
      : [
          `group ${group.name} may give ${live.limit} alerts at most and should give ${group.limit ?? 'any number'}`,
        ]),
    ...group.rules.flatMap((rule, index) => ruleDifference(rule, live.rules[index], canonical)),
    ...live.rules.slice(group.rules.length).map(({ name }) => `${name} in ${group.name} is not in the code`),
  ];
}

const nameOf = ({ alert, record }: RuleDocument) => alert ?? record!;
const titleOf = (rule: RuleDocument) => {
  const which = rule.labels.burn_tier ?? rule.labels.slo;
  return which === undefined ? nameOf(rule) : `${nameOf(rule)} (${which})`;
};

function ruleDifference(rule: RuleDocument, live: LiveRule | undefined, canonical: Canonical): string[] {
  const title = titleOf(rule);
  if (live === undefined) return [`${title} is not evaluated`];
  if (live.name !== nameOf(rule)) return [`${title} should be where ${live.name} is`];
  const parts: readonly (readonly [string, unknown, unknown])[] = [
    ['expression', formOf(canonical, rule.expr), formOf(canonical, live.query)],
    ['labels', rule.labels, live.labels ?? {}],
    ['for', secondsIn(rule.for ?? ''), live.duration ?? 0],
    ['keep_firing_for', secondsIn(rule.keep_firing_for ?? ''), live.keepFiringFor ?? 0],
    ['annotations', rule.annotations ?? {}, live.annotations ?? {}],
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
function differentIn({ name, rules }: GroupDocument, live: readonly LiveGroup[]): string[] {
  return live
    .filter((group) => group.name === name)
    .flatMap((found) =>
      rules.flatMap(({ expr }, index) => {
        const query = found.rules[index]?.query;
        return query === undefined || wordsOf(query) === wordsOf(expr) ? [] : [expr, query];
      }),
    );
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
