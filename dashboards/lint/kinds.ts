// A rate is of what only counts up, and a difference of what goes up and down; the other way round Prometheus takes
// every fall for a restart, or every restart for a fall.
import { askedIn, type Rule } from './document.ts';
import { allIn, type Expression, expressionOf } from './expression.ts';
import { isRecordedAs, metricOf, recordedNames } from './series.ts';

const ofCounters = new Set(['rate', 'irate', 'increase']);
const ofGauges = new Set(['delta', 'idelta', 'deriv', 'predict_linear', 'double_exponential_smoothing']);
/** Asks whether it is there or restarted, not how much it is. */
const ofEither = new Set(['absent_over_time', 'present_over_time', 'count_over_time', 'changes', 'resets']);

function kindOf(name: string): 'counter' | 'gauge' | null {
  const type = metricOf(name)?.type;
  if (type !== undefined) return type === 'gauge' ? 'gauge' : 'counter';
  return isRecordedAs(name, ...recordedNames) ? 'gauge' : null;
}

function wrongCall(one: Expression): string[] {
  if (one.kind !== 'call') return [];
  const { name } = one;
  return one.of.flatMap((of) => {
    // A subquery of a gauge is a gauge; a counter in it without a rate is found where it stands.
    const read = of.kind === 'call' && of.name === '[]' ? of.of[0] : of;
    if (read?.kind !== 'series' || (of === read && !read.ranged)) return [];
    const kind = kindOf(read.metric);
    if (kind === 'gauge' && ofCounters.has(name))
      return [`${name} of ${read.metric}, which goes up and down; show it as it is, or its delta`];
    if (kind === 'counter' && ofGauges.has(name))
      return [`${name} of ${read.metric}, which counts up and restarts; take its rate or increase`];
    if (kind === 'counter' && !ofCounters.has(name) && !ofEither.has(name))
      return [`${name} of ${read.metric}, which only counts up; take its rate or increase`];
    return [];
  });
}

export const kinds: Rule = {
  name: 'kinds',
  find: (document) =>
    askedIn(document).flatMap(({ place, expr }) => {
      const whole = expressionOf(expr);
      return whole === null
        ? []
        : allIn(whole)
            .flatMap(wrongCall)
            .map((wrong) => `${place}: ${wrong}`);
    }),
};
