// A fixed name over many series paints them over each other as one line; what was grouped by, `legends` looks at.
import { askedIn, panelsIn, place, type Rule } from './document.ts';
import { expressionOf } from './expression.ts';
import { linesOf } from './lines.ts';

/** A table shows every label as a column, a heat map its buckets. */
const nameless = new Set(['table', 'heatmap']);
const says = (legend: string, label: string) => new RegExp(`\\{\\{\\s*${label}\\s*\\}\\}`).test(legend);

export const apart: Rule = {
  name: 'apart',
  find: (document, around) => [
    ...askedIn(document).flatMap(({ place: at, panel, expr, grouping, legendFormat = '' }) => {
      const whole = expressionOf(expr);
      if (whole === null || nameless.has(panel.type)) return [];
      return linesOf(whole, around)
        .filter((label) => !grouping.includes(label) && !says(legendFormat, label))
        .map((label) => `${at}: a series for each ${label} under one name; sum them up or say the label`);
    }),
    ...panelsIn(document).flatMap((panel) => {
      const legends = (panel.targets ?? []).map(({ legendFormat }) => legendFormat ?? '');
      const twice = legends.filter((legend, index) => legends.indexOf(legend) < index);
      return twice.map(
        (legend) => `${place(document, panel)} names two queries “${legend}”; give each its own`,
      );
    }),
  ],
};
