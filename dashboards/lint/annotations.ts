// What people did is the first explanation of what changed. That a mark is made of series which exist, `names` says.
import { gameDayTag } from '../annotations.ts';
import { type Document, marksIn, type Rule } from './document.ts';

const wanted = ['Deploys and restarts', 'Game days', 'Kill switches'];

/** A mark without its words is a line that nobody can read; one under another tag is never posted. */
function unreadable(document: Document): string[] {
  const { uid, annotations } = document;
  const grouped = marksIn(document).flatMap(({ grouping }) => grouping);
  return annotations.list.flatMap(({ name, titleFormat = '', expr, target }) => {
    const at = `${uid}, annotation ${name}`;
    if (expr === undefined)
      return target?.tags?.includes(gameDayTag)
        ? []
        : [`${at}: nobody posts under its tags; take ${gameDayTag}`];
    const said = [...titleFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!);
    const lost = said.filter((label) => !grouped.includes(label));
    if (titleFormat === '') return [`${at} has no title; say what it marks`];
    return lost.map((label) => `${at} says ${label}, which it does not group by; add it`);
  });
}

export const annotations: Rule = {
  name: 'annotations',
  find: (document) => [
    ...wanted
      .filter((name) => !document.annotations.list.some((one) => one.name === name && one.enable))
      .map((name) => `${document.uid} does not mark ${name.toLowerCase()}; add the annotation`),
    ...unreadable(document),
  ],
};
