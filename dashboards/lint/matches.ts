// A selector that lets nothing through, though each name in it is right, and one of what Prometheus itself writes.
import { type Matcher, namedValues } from '../../alerts/promql-reader.ts';
import { askedIn, marksIn, type Rule, type Surroundings } from './document.ts';
import { expressionOf, type SeriesRead, seriesIn } from './expression.ts';
import { valuesOf } from './label-values.ts';
import { lets } from './matcher.ts';

const isPattern = /[.*+?^${}()[\]]/;

/** `alertname!="Watchdg"` leaves nothing out, and nobody notices. */
function leavesOutNothing({ op, value }: Matcher, values: readonly string[]): string[] {
  if (op !== '!=' && op !== '!~') return [];
  const excluded =
    op === '!=' || isPattern.test(value) ? [value] : namedValues({ op: '=~', value } as Matcher);
  return excluded.filter(
    (one) => one !== '' && !values.some((other) => lets({ op, value: one } as Matcher, other) === false),
  );
}

function wrongIn({ metric, matchers }: SeriesRead, around: Surroundings): string[] {
  const labels = [...new Set(matchers.map(({ label }) => label))];
  return labels.flatMap((label) => {
    const values = valuesOf(metric, label, around);
    if (values === null) return [];
    const own = matchers.filter((one) => one.label === label);
    const said = own.map(({ op, value }) => `${label}${op}"${value}"`).join(',');
    const dead = !values.some((value) => own.every((one) => lets(one, value) !== false));
    if (dead) return [`${metric}{${said}} matches nothing; ${label} is one of ${short(values)}`];
    return own
      .flatMap((one) => leavesOutNothing(one, values))
      .map(
        (value) => `${metric} never has ${label} ${value}, which is left out; name one of ${short(values)}`,
      );
  });
}

const short = (values: readonly string[]) =>
  values.length > 8 ? `${values.slice(0, 8).join(', ')} …` : values.join(', ');

export const matches: Rule = {
  name: 'matches',
  find: (document, around) =>
    [...askedIn(document), ...marksIn(document)].flatMap(({ place, expr }) => {
      const whole = expressionOf(expr);
      const read = whole === null ? [] : seriesIn(whole);
      return read.flatMap((one) => wrongIn(one, around)).map((wrong) => `${place}: ${wrong}`);
    }),
};
