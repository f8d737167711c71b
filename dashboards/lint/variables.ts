// A choice that changes nothing, and a query that asks for a choice nobody has, both show the wrong thing quietly.
import { selectorsOf } from '../../alerts/promql-reader.ts';
import { type Asked, askedIn, type Document, type Rule } from './document.ts';
import { metricOf } from './series.ts';

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

/** Once a metric says where it happened, its dashboard lets the reader choose where to look. */
function regionless({ uid, templating }: Document, asked: readonly Asked[], all: typeof metricOf): string[] {
  const split = asked
    .flatMap(({ expr }) => selectorsOf(expr))
    .find(({ metric }) => all(metric)?.labels.region !== undefined);
  const chosen = templating.list.some(({ name }) => name === 'region');
  if (split === undefined || chosen) return [];
  return [`${uid}: ${split.metric} has the label region; add the choice`];
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
    ...templating.list
      .filter(({ type, refresh }) => type === 'query' && refresh !== onTimeRangeChange)
      .map(({ name }) => `${uid}: $${name} keeps the values of another hour; refresh it with the time range`),
    ...misused(document, asked),
    ...regionless(document, asked, all),
  ];
}
