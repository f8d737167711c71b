// A choice opens at All, offers every value there is and none that went, and is matched as several.
import { selectorsOf } from '../../alerts/promql-reader.ts';
import {
  type Asked,
  askedIn,
  type Document,
  type Rule,
  type Surroundings,
  type Variable,
} from './document.ts';
import { valuesOf } from './label-values.ts';

/** Every place where a query matches this choice, and how. */
const matchesOf = (name: string, asked: readonly Asked[]) =>
  asked.flatMap(({ raw, place }) =>
    selectorsOf(raw).flatMap(({ metric, matchers }) =>
      matchers
        .filter(({ value }) => value === `$${name}` || value === `\${${name}}`)
        .map((matcher) => ({ ...matcher, metric, place })),
    ),
  );

function wrongIn(uid: string, one: Variable, asked: readonly Asked[], around: Surroundings): string[] {
  const { name, query, current, includeAll, allValue, multi } = one;
  const at = `${uid}: $${name}`;
  const all = includeAll === true && allValue === '.*' && current?.value === '$__all';
  const found = matchesOf(name, asked);
  const known = new Set(found.flatMap(({ metric, label }) => valuesOf(metric, label, around) ?? []));
  const offered = String(query ?? '').split(',');
  const stale = offered.filter((value) => known.size > 0 && !known.has(value));
  const left = [...known].filter((value) => value !== '' && !offered.includes(value));
  return [
    ...(all ? [] : [`${at} does not open at All, which is .*; a part would be read as the whole`]),
    ...stale.map((value) => `${at} offers ${value}, which nobody emits; drop it`),
    ...left.map((value) => `${at} does not offer ${value}; take the declared values`),
    ...found
      .filter(({ op }) => multi === true && op !== '=~')
      .map(({ place, op }) => `${place} matches $${name} with ${op}, and several may be chosen; use =~`),
  ];
}

export const choices: Rule = {
  name: 'choices',
  find: (document: Document, around) => {
    const asked = askedIn(document);
    return document.templating.list
      .filter(({ type }) => type === 'custom')
      .flatMap((one) => wrongIn(document.uid, one, asked, around));
  },
};
