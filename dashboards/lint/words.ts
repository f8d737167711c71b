// Whoever is woken reads the title, and then what it means, when it is bad and what to do.
import { panelsIn, place, type Rule } from './document.ts';

const parts = /^.{20,} Bad: .{5,} Do: .{5,}$/s;

export const words: Rule = {
  name: 'words',
  find: (document) =>
    panelsIn(document).flatMap((panel) => {
      const at = place(document, panel);
      if ((panel.title ?? '').trim() === '') return [`${at} has no title; name what it shows`];
      if (parts.test(panel.description ?? '')) return [];
      return [`${at} does not say what it means, when it is bad and what to do; write its description`];
    }),
};
