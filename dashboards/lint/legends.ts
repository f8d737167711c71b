// Two lines of one name cannot be told apart, and a name made of a label that was summed away is empty.
import { selectorsOf } from '../../alerts/promql-reader.ts';
import { askedIn, type Rule } from './document.ts';
import { labelsOf } from './series.ts';

const labelsIn = (legend: string) => [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!);
/** A table shows every label as a column, a heat map its buckets. */
const nameless = new Set(['table', 'heatmap']);

export const legends: Rule = {
  name: 'legends',
  find: (document) =>
    askedIn(document).flatMap(({ place, panel, expr, grouping, legendFormat = '' }) => {
      if (nameless.has(panel.type)) return [];
      const said = labelsIn(legendFormat);
      const own = selectorsOf(expr).flatMap(({ metric }) => labelsOf(metric) ?? []);
      const there = grouping.length > 0 ? grouping : own;
      return [
        ...said
          .filter((label) => !there.includes(label))
          .map((label) => `${place}: the legend says ${label}, which no line has; group by it`),
        ...grouping
          .filter((label) => !said.includes(label))
          .map((label) => `${place}: lines differ by ${label}, which the legend does not say; add it`),
        ...(legendFormat === '' ? [`${place}: its lines have no name; write a legend`] : []),
      ];
    }),
};
