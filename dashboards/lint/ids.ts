// Links and alerts point at ids: one that is shared or missing leads somewhere else.
import type { Rule } from './document.ts';

export const ids: Rule = {
  name: 'ids',
  find: ({ uid, panels }) => {
    const seen = new Set<number>();
    return panels.flatMap(({ id, title }) => {
      const again = seen.has(id);
      seen.add(id);
      if (id > 0 && !again) return [];
      const wrong = again ? 'is used twice' : 'is none';
      return [
        `${uid}: id ${id} of “${title ?? ''}” ${wrong}; give it a number of its own and never change it`,
      ];
    });
  },
};
