// What somebody saves by hand in Grafana is gone with the next deploy, and nobody reviewed it.
import type { Rule } from './document.ts';

export const fixed: Rule = {
  name: 'fixed',
  find: ({ uid, editable, refresh }, { uids }) => [
    ...(uids.has(uid) ? [] : [`${uid} is no uid of alerts/links.ts; alerts cannot lead there`]),
    ...(editable ? [`${uid} may be edited in Grafana; make it read-only`] : []),
    ...(refresh === undefined || refresh === '' ? [`${uid} is not refreshed; say how often`] : []),
  ],
};
