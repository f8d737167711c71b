// A slow request that was kept as a trace is a dot on its histogram; a panel that does not ask for it hides the trace.
import { selectorsOf } from '../../alerts/promql-reader.ts';
import { askedIn, type Rule } from './document.ts';
import { metricOf } from './series.ts';

export const exemplars: Rule = {
  name: 'exemplars',
  find: (document) =>
    askedIn(document).flatMap(({ place, expr, exemplar = false }) => {
      const buckets = selectorsOf(expr).filter(({ metric }) => metric.endsWith('_bucket'));
      const kept = buckets.some(({ metric }) => metricOf(metric)?.exemplars === true);
      const drawn = expr.startsWith('histogram_quantile') || expr.startsWith('sum by (le)');
      if (exemplar === (kept && drawn)) return [];
      const fix = exemplar
        ? 'asks for exemplars that nobody keeps; do not'
        : 'does not ask for its exemplars; do';
      return [`${place} ${fix}`];
    }),
};
