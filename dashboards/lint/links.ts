// Every way out of a panel leads somewhere, and takes the minutes along that the reader was looking at.
import { type Document, panelsIn, place, type Rule, type Surroundings } from './document.ts';

const carried = ['__url_time_range', '__all_variables'];

function wrongUrl(url: string, { uids }: Surroundings): string | null {
  const uid = /^\/d\/([\w-]+)\?/.exec(url)?.[1];
  if (uid === undefined || !uids.has(uid)) return `leads to ${url}, which is no dashboard of ours`;
  const lost = carried.find((name) => !url.includes(`\${${name}}`));
  return lost === undefined ? null : `loses ${lost} on the way to ${uid}`;
}

const runbooksNamed = (text: string) => [...text.matchAll(/runbook ([A-Z]\w+)/g)].map((match) => match[1]!);

/** The list at the top leads to every other dashboard by the tag that they share. */
function unreachable({ uid, tags, links }: Document): string[] {
  const shared = links.some(
    ({ type, tags: to }) => type === 'dashboards' && to.some((tag) => tags.includes(tag)),
  );
  return shared ? [] : [`${uid} has no link to the other dashboards; add the one by tag`];
}

export const links: Rule = {
  name: 'links',
  find: (document, around) => [
    ...unreachable(document),
    ...panelsIn(document).flatMap((panel) => {
      const at = place(document, panel);
      const urls = (panel.links ?? [])
        .map(({ url }) => wrongUrl(url ?? '', around))
        .filter((one) => one !== null);
      const books = runbooksNamed(panel.description ?? '').filter((name) => !around.runbooks.has(name));
      return [
        ...urls.map((wrong) => `${at} ${wrong}; name a dashboard in leadsTo`),
        ...books.map((name) => `${at} names runbook ${name}, which is not there; write it or name another`),
      ];
    }),
  ],
};
