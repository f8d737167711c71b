// A choice that changes nothing, and a query that asks for a choice nobody has, both show the wrong thing quietly.
import { selectorsOf } from '../../alerts/promql-reader.ts';
import { type Asked, askedIn, type Document, type Rule } from './document.ts';
import { labelsOf, metricOf } from './series.ts';
import { limitOfObjective } from './thresholds.ts';

const namesIn = (expr: string) => [...expr.matchAll(/\$\{?(\w+)\}?/g)].map((match) => match[1]!);
const onTimeRangeChange = 2;

function misused({ uid, templating }: Document, asked: readonly Asked[]): string[] {
  const used = new Set(asked.flatMap(({ raw }) => namesIn(raw)).filter((name) => !name.startsWith('__')));
  const declared = templating.list.map(({ name }) => name);
  return [
    ...[...used]
      .filter((name) => !declared.includes(name))
      .map((name) => `${uid}: a query asks for $${name}, which is no variable; declare the choice`),
    ...declared
      .filter((name) => name !== 'datasource' && !used.has(name))
      .map((name) => `${uid}: no query asks for $${name}; use the choice or drop it`),
  ];
}

/** Choices are declared values; who asks Prometheus for them all the same asks for what is there. */
function badlyAsked({ uid, templating }: Document, all: typeof metricOf): string[] {
  return templating.list
    .filter(({ type }) => type === 'query')
    .flatMap(({ name, query, refresh }) => {
      const [, metric, label] = /^label_values\((\w+),\s*(\w+)\)$/.exec(String(query)) ?? [];
      const known = metric !== undefined && label !== undefined && labelsOf(metric, all)?.includes(label);
      return [
        ...(known ? [] : [`${uid}: $${name} asks for ${String(query)}; name a metric and a label of it`]),
        ...(refresh === onTimeRangeChange
          ? []
          : [`${uid}: $${name} keeps the values of another hour; refresh it with the time range`]),
      ];
    });
}

/** Once a metric says where it happened, its dashboard lets the reader choose where to look. */
function regionless({ uid, templating }: Document, asked: readonly Asked[], all: typeof metricOf): string[] {
  const split = asked
    .flatMap(({ expr }) => selectorsOf(expr))
    .find(({ metric }) => all(metric)?.labels.region !== undefined);
  const chosen = templating.list.some(({ name }) => name === 'region');
  if (split === undefined || chosen) return [];
  return [`${uid}: ${split.metric} has the label region; add the choice`];
}

/** What is drawn beside the choice and does not follow it is read as if it did. An objective is of the whole shop. */
function deaf({ templating }: Document, asked: readonly Asked[], all: typeof metricOf): string[] {
  const choices = templating.list.filter(({ type }) => type === 'custom').map(({ name }) => name);
  return asked
    .filter(({ panel }) => limitOfObjective(panel) === null)
    .flatMap(({ place, expr }) =>
      selectorsOf(expr).flatMap(({ metric, matchers }) =>
        choices
          .filter((name) => all(metric)?.labels[name] !== undefined)
          .filter((name) => !matchers.some(({ label }) => label === name))
          .map(
            (name) =>
              `${place}: ${metric} has the label ${name} and does not follow the choice; match $${name}`,
          ),
      ),
    );
}

export const variables: Rule & { withMetrics(all: typeof metricOf): Rule } = {
  name: 'variables',
  find: (document) => findWith(document, metricOf),
  withMetrics: (all) => ({ name: 'variables', find: (document) => findWith(document, all) }),
};

function findWith(document: Document, all: typeof metricOf): string[] {
  const { uid, templating } = document;
  const asked = askedIn(document);
  const source = templating.list.some(({ name, type }) => name === 'datasource' && type === 'datasource');
  return [
    ...(source ? [] : [`${uid} has no variable datasource; nobody can point it at another Prometheus`]),
    ...badlyAsked(document, all),
    ...misused(document, asked),
    ...regionless(document, asked, all),
    ...deaf(document, asked, all),
  ];
}
