// What nobody emits draws nothing for ever, and an empty panel looks like a quiet shop.
import { namedValues, type Selector, selectorsOf } from '../../alerts/promql-reader.ts';
import { type Asked, askedIn, type Document, marksIn, type Rule } from './document.ts';
import { labelsOf, metricOf } from './series.ts';

type Find = typeof metricOf;

function wrongIn({ place }: Pick<Asked, 'place'>, { metric, matchers }: Selector, find: Find): string[] {
  const labels = labelsOf(metric, find);
  if (labels === null) return [`${place}: nobody emits or records ${metric}; declare it or ask for another`];
  if (labels === 'any') return [];
  const declared = find(metric)?.labels ?? {};
  return matchers.flatMap((matcher) => {
    const { label } = matcher;
    if (!labels.includes(label))
      return [`${place}: ${metric} has no label ${label}; it has ${labels.join(', ')}`];
    const values = declared[label];
    if (values === undefined) return [];
    return namedValues(matcher)
      .filter((value) => value !== '.*' && !values.includes(value))
      .map((value) => `${place}: nobody emits ${metric}{${label}="${value}"}; declare it or match another`);
  });
}

function lostGroups(
  { place, expr, grouping }: Pick<Asked, 'place' | 'expr' | 'grouping'>,
  find: Find,
): string[] {
  const all = selectorsOf(expr).map(({ metric }) => labelsOf(metric, find));
  if (all.includes('any') || all.includes(null)) return [];
  return grouping
    .filter((label) => !all.some((labels) => labels?.includes(label)))
    .map((label) => `${place}: groups by ${label}, which none of its series has; group by another`);
}

const findWith = (document: Document, find: Find) =>
  [...askedIn(document), ...marksIn(document)].flatMap((asked) => [
    ...selectorsOf(asked.expr).flatMap((selector) => wrongIn(asked, selector, find)),
    ...lostGroups(asked, find),
  ]);

export const names: Rule & { withMetrics(find: Find): Rule } = {
  name: 'names',
  find: (document) => findWith(document, metricOf),
  withMetrics: (find) => ({ name: 'names', find: (document) => findWith(document, find) }),
};
