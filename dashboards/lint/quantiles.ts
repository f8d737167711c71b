// A quantile is made of buckets that were added up and kept apart by `le`; of anything else it is a number that means nothing.
import { type Asked, askedIn, type Rule } from './document.ts';
import { allIn, type Expression, expressionOf, seriesIn } from './expression.ts';

type Call = Extract<Expression, { kind: 'call' }>;
type Aggregation = Extract<Expression, { kind: 'aggregation' }>;

const aggregationsIn = (one: Expression) =>
  allIn(one).filter((part): part is Aggregation => part.kind === 'aggregation');
const ofBuckets = (one: Expression) => seriesIn(one).some(({ metric }) => metric.endsWith('_bucket'));
const keepsEdges = ({ by = [], without }: Aggregation) =>
  without === undefined ? by.includes('le') : !without.includes('le');

function wrongQuantile({ of: [quantile, of] }: Call): string[] {
  if (quantile === undefined || of === undefined) return [];
  const outside = quantile.kind === 'number' && !(quantile.value >= 0 && quantile.value <= 1);
  const lost = aggregationsIn(of).some((one) => !keepsEdges(one));
  return [
    ...(outside ? ['asks for a quantile that is not within 0 and 1; 0.95 is the 95th percentile'] : []),
    ...(lost ? ['loses le before the quantile is taken; group by le too'] : []),
    ...(ofBuckets(of) ? [] : ['takes a quantile of what has no buckets; read the series _bucket']),
  ];
}

const quantilesIn = (whole: Expression) =>
  allIn(whole).filter((part): part is Call => part.kind === 'call' && part.name === 'histogram_quantile');

const named = /\bp(\d+(?:\.\d+)?)\b/;

/** Said of the line or in the title: `p95` over the 99th percentile is believed. */
function misnamed({ panel, legendFormat = '' }: Asked, whole: Expression): string[] {
  const said = (named.exec(legendFormat) ?? named.exec(panel.title ?? ''))?.[1];
  if (said === undefined) return [];
  return quantilesIn(whole).flatMap(({ of: [quantile] }) => {
    if (quantile?.kind !== 'number' || Math.abs(quantile.value * 100 - Number(said)) < 1e-9) return [];
    return [`is named p${said} and asks for ${quantile.value}; make them one`];
  });
}

function wrongIn(asked: Asked): string[] {
  const whole = expressionOf(asked.expr);
  if (whole === null) return [];
  return [
    ...quantilesIn(whole).flatMap(wrongQuantile),
    ...aggregationsIn(whole)
      .filter((one) => one.name !== 'sum' && keepsEdges(one) && ofBuckets(one))
      .map(({ name }) => `takes the ${name} of buckets; only their sum is a histogram`),
    ...misnamed(asked, whole),
  ];
}

export const quantiles: Rule = {
  name: 'quantiles',
  find: (document) =>
    askedIn(document).flatMap((asked) => wrongIn(asked).map((wrong) => `${asked.place}: ${wrong}`)),
};
