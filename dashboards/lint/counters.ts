// A counter's own value says how long its process has run.
import { selectorsOf } from '../../alerts/promql-reader.ts';
import { askedIn, type Rule } from './document.ts';
import { metricOf } from './series.ts';

export const counters: Rule = {
  name: 'counters',
  find: (document) =>
    askedIn(document).flatMap(({ place, expr }) =>
      selectorsOf(expr)
        .filter(({ metric, range }) => {
          const type = metricOf(metric)?.type;
          return range === null && (type === 'counter' || type === 'histogram');
        })
        .map(({ metric }) => `${place}: ${metric} counts up; take its rate or increase`),
    ),
};
