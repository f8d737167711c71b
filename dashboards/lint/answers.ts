// A query that can only ever say nothing, or the same, looks like a quiet shop.
import { boundsOf, neverHolds } from './bounds.ts';
import { askedIn, panelsIn, place, type Rule } from './document.ts';
import { allIn, type Expression, expressionOf, seriesIn } from './expression.ts';

/** Where it was written does not matter; that both sides read the same does. */
const written = (one: Expression) =>
  JSON.stringify(one, (key, value: unknown) => (key === 'at' || key === 'end' ? undefined : value));
const ofItself: Readonly<Record<string, string>> = {
  unless: 'takes a series away from itself and leaves nothing',
  '-': 'takes a series from itself, which is always 0',
  '/': 'divides a series by itself, which is always 1',
  '!=': 'compares a series with itself and leaves nothing',
  '<': 'compares a series with itself and leaves nothing',
  '>': 'compares a series with itself and leaves nothing',
};

function dead(one: Expression): string[] {
  if (one.kind !== 'binary') return [];
  const { op, left, right } = one;
  const itself = ofItself[op];
  if (itself !== undefined && seriesIn(left).length > 0 && written(left) === written(right))
    return [`${itself}; ask for two different things`];
  return neverHolds(op, boundsOf(left), boundsOf(right))
    ? [`its comparison ${op} can never hold; compare with what can be`]
    : [];
}

/** A line beside others may be a limit; alone it is drawn whatever the shop does. */
const isFixed = (one: Expression) => {
  const [low, high] = boundsOf(one);
  return (
    seriesIn(one).every(({ metric }) => metric !== 'ALERTS') && (seriesIn(one).length === 0 || low === high)
  );
};

export const answers: Rule = {
  name: 'answers',
  find: (document) => {
    const asked = askedIn(document).flatMap((one) => {
      const whole = expressionOf(one.timed);
      return whole === null ? [] : [{ ...one, whole }];
    });
    const fixed = panelsIn(document).filter((panel) => {
      const own = asked.filter((one) => one.panel === panel);
      return own.length > 0 && own.every(({ whole }) => isFixed(whole));
    });
    return [
      ...asked.flatMap(({ place: at, whole }) =>
        allIn(whole)
          .flatMap(dead)
          .map((wrong) => `${at}: ${wrong}`),
      ),
      ...fixed.map((panel) => `${place(document, panel)} shows a constant; ask for what the shop does`),
    ];
  },
};
