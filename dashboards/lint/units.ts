// 0.25 of what? A number without its unit is read wrong at night.
import { askedIn, panelsIn, place, type Rule } from './document.ts';

/** Of Grafana's units those that our figures are in. */
const known = new Set(['reqps', 'percentunit', 's', 'short', 'bytes']);
/** A share, which Grafana multiplies itself. */
const inPercent = /\* ?100\b|\b100 ?\*/;

export const units: Rule = {
  name: 'units',
  find: (document) => [
    ...panelsIn(document).flatMap((panel) => {
      const unit = panel.fieldConfig?.defaults.unit;
      if (unit !== undefined && known.has(unit)) return [];
      return [
        `${place(document, panel)} has the unit ${unit ?? 'none'}; take one of ${[...known].join(', ')}`,
      ];
    }),
    ...askedIn(document)
      .filter(({ panel, raw }) => panel.fieldConfig?.defaults.unit === 'percentunit' && inPercent.test(raw))
      .map((asked) => `${asked.place}: shows a hundred times what it is; percentunit takes a share`),
  ],
};
