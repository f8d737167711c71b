// A figure is what it is now. A mean over the range shown makes yesterday's outage of today's calm, and the other way round.
import { panelsIn, place, type Rule } from './document.ts';

const single = new Set(['stat', 'gauge', 'bargauge']);

export const figures: Rule = {
  name: 'figures',
  find: (document) =>
    panelsIn(document).flatMap((panel) => {
      const calcs = panel.options?.reduceOptions?.calcs ?? [];
      if (!single.has(panel.type) || (calcs.length === 1 && calcs[0] === 'lastNotNull')) return [];
      return [
        `${place(document, panel)} shows ${calcs.join(', ') || 'no value'} of its range; take lastNotNull`,
      ];
    }),
};
