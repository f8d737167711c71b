// A query that is hidden, or switched off, is kept up by nobody and shows nothing.
import { type Document, panelsIn, place, type Rule } from './document.ts';

const choices = ({ uid, templating }: Document) =>
  templating.list
    .filter(({ hide }) => hide !== undefined && hide !== 0)
    .map(({ name }) => `${uid}: the choice $${name} is hidden; show it or drop it`);

export const hidden: Rule = {
  name: 'hidden',
  find: (document) => [
    ...choices(document),
    ...panelsIn(document).flatMap((panel) =>
      (panel.targets ?? [])
        .filter(({ hide }) => hide === true)
        .map(({ refId }) => `${place(document, panel)} ${refId} is hidden; show the query or drop it`),
    ),
  ],
};
