// A hole in the page is a panel that somebody lost; Grafana moves up what lies below it, past the row it belongs to.
import type { Rule } from './document.ts';

const columns = 24;

export const holes: Rule = {
  name: 'holes',
  find: ({ uid, panels }) => {
    const free = new Map<number, number>();
    const bottom = Math.max(0, ...panels.map(({ gridPos: { y, h } }) => y + h));
    for (let line = 0; line < bottom; line += 1) {
      const across = panels.filter(({ gridPos: { y, h } }) => y <= line && line < y + h);
      free.set(line, columns - across.reduce((width, { gridPos: { w } }) => width + w, 0));
    }
    const first = [...free].find(([, width]) => width > 0);
    if (first === undefined) return [];
    return [`${uid}: nothing on ${first[1]} columns of line ${first[0]}; let the panels fill the page`];
  },
};
