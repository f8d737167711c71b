// Who reads what: the alerts, panels and gates that fall silent when a metric, a label of it, a value or a bucket goes. Told
// from the generated files and not from the code that made them: where a metric was taken out, that code no longer loads.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { namedValues, type Selector, selectorsOf } from '../../alerts/promql-reader.ts';
import { experiments } from '../../chaos/experiments/experiments.ts';
import { readSelectors } from '../../dashboards/selectors.ts';
import { targetsOf } from '../../dashboards/targets.ts';
import { substitute, valuesIn } from '../../dashboards/variables.ts';
import { checks } from '../checks.ts';

export type ReaderKind = 'alert' | 'panel' | 'gate';

export interface Asked {
  readonly selectors: readonly Selector[];
  readonly grouping: readonly string[];
}

export interface Reader {
  readonly kind: ReaderKind;
  readonly name: string;
  readonly expr: string;
  /** Its own question, and that of every recording which it reads, directly or not. */
  readonly asks: readonly Asked[];
}

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Most questions are asked by several. */
const known = new Map<string, Asked>();

function asked(expr: string): Asked {
  const found = known.get(expr) ?? { selectors: selectorsOf(expr), grouping: readSelectors(expr).grouping };
  known.set(expr, found);
  return found;
}

function recordingsBehind(expr: string, rules: readonly Rule[]): Rule[] {
  const found = new Set<Rule>();
  const look = (some: string) => {
    for (const { metric, matchers } of asked(some).selectors.filter((one) => one.metric.includes(':')))
      for (const rule of rules) {
        const wanted = ({ labels = {} }: Rule) =>
          matchers.every((matcher) => {
            const [named, value] = [namedValues(matcher), labels[matcher.label]];
            return value === undefined || named.includes('.*') || named.includes(value);
          });
        if (rule.record !== metric || found.has(rule) || !wanted(rule)) continue;
        found.add(rule);
        look(rule.expr);
      }
  };
  look(expr);
  return [...found];
}

function rulesOf(): Rule[] {
  const { groups } = parse(read('alerts/generated/rules.yml')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

function panelsAsk(): { name: string; expr: string }[] {
  const folder = 'dashboards/generated';
  return readdirSync(join(root, folder)).flatMap((file) => {
    const dashboard: unknown = JSON.parse(read(`${folder}/${file}`));
    const values = valuesIn({ dashboard, fromMs: 0, toMs: 3_600_000 });
    return targetsOf(dashboard).map(({ panelId, refId, title, expr }) => ({
      name: `${file.replace('.json', '')} ${panelId}${refId} “${title}”`,
      expr: substitute(expr, values).replaceAll(/\s+offset \d+[smhdwy]/g, ''),
    }));
  });
}

interface Criteria {
  readonly objectives: readonly { readonly slo: string; readonly k6: Readonly<Record<string, unknown>> }[];
}

/** What holds a run to a figure that comes from the metrics: an objective, and an experiment by the alerts it expects. */
function gatesAsk(rules: readonly Rule[]): { name: string; expr: string }[] {
  const { objectives } = parse(read('alerts/generated/load-criteria.yml')) as Criteria;
  return [
    ...objectives.flatMap(({ slo, k6 }) => {
      const check = `slo-${slo}` in checks ? [`check slo-${slo}`] : [];
      const names = [...check, ...Object.keys(k6).map((threshold) => `k6 threshold ${threshold}`)];
      return rules
        .filter(({ record, labels }) => record !== undefined && labels?.slo === slo)
        .flatMap(({ expr }) => names.map((name) => ({ name, expr })));
    }),
    ...experiments.flatMap(({ id, expectAlerts }) =>
      rules
        .filter(({ alert }) => expectAlerts.some(({ name }) => name === alert))
        .map(({ expr }) => ({ name: `check alerts-detected in ${id}`, expr })),
    ),
  ];
}

export function everyReader(): Reader[] {
  const rules = rulesOf();
  const reader = (kind: ReaderKind, name: string, expr: string): Reader => ({
    ...{ kind, name, expr },
    asks: [expr, ...recordingsBehind(expr, rules).map((rule) => rule.expr)].map(asked),
  });
  return [
    ...rules.flatMap(({ alert, expr }) => (alert === undefined ? [] : [reader('alert', alert, expr)])),
    ...panelsAsk().map(({ name, expr }) => reader('panel', name, expr)),
    ...gatesAsk(rules).map(({ name, expr }) => reader('gate', name, expr)),
  ];
}
