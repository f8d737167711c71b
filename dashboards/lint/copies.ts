// A title that stands twice, or words that were copied with a panel, send the reader to the wrong one.
import { panelsIn, place, type Panel, type Rule } from './document.ts';

const parts: readonly (readonly [string, (panel: Panel) => string])[] = [
  ['title', ({ title = '' }) => title],
  ['description', ({ description = '' }) => description],
];

export const copies: Rule = {
  name: 'copies',
  find: (document) => {
    const panels = panelsIn(document);
    return parts.flatMap(([name, of]) =>
      panels.flatMap((panel, index) => {
        const first = panels.findIndex((other) => of(other).trim() === of(panel).trim());
        if (first === index || of(panel).trim() === '') return [];
        return [`${place(document, panel)} has the ${name} of panel ${panels[first]!.id}; write its own`];
      }),
    );
  },
};
