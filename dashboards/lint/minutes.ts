// Whoever is woken sees the minutes up to now. A range that ended, or runs backwards, is another day's page.
import type { Rule } from './document.ts';

const ago = /^now-[1-9]\d*[smhdw]$/;

export const minutes: Rule = {
  name: 'minutes',
  find: ({ uid, time }) =>
    time !== undefined && ago.test(time.from) && time.to === 'now'
      ? []
      : [`${uid} shows ${time?.from ?? 'nothing'} to ${time?.to ?? 'nothing'}; open at a while ago to now`],
};
