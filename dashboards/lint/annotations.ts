// What people did is the first explanation of what changed.
import type { Rule } from './document.ts';

const wanted = ['Deploys and restarts', 'Game days', 'Kill switches'];

export const annotations: Rule = {
  name: 'annotations',
  find: ({ uid, annotations: { list } }) =>
    wanted
      .filter((name) => !list.some((one) => one.name === name && one.enable))
      .map((name) => `${uid} does not mark ${name.toLowerCase()}; add the annotation`),
};
