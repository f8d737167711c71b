// Grafana moves what overlaps, and then the page is not the one that was designed.
import { type Rule, place } from './document.ts';

const columns = 24;

export const grid: Rule = {
  name: 'grid',
  find: (document) => {
    const taken = new Map<string, string>();
    return document.panels.flatMap((panel) => {
      const { x, y, w, h } = panel.gridPos;
      const at = place(document, panel);
      if (![x, y, w, h].every(Number.isInteger))
        return [`${at} lies between two columns; let the row divide by it`];
      if (x < 0 || w < 1 || h < 1 || x + w > columns)
        return [`${at} lies outside the ${columns} columns; make it fit`];
      const cells = Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
      const other = cells.map((cell) => taken.get(cell)).find((name) => name !== undefined);
      for (const cell of cells) taken.set(cell, at);
      return other === undefined ? [] : [`${at} lies over ${other}; move one of them`];
    });
  },
};
