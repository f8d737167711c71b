// Every link that somebody who was woken can follow: from an alert to its runbook and its dashboard, from a dashboard onwards,
// from a document to a file and a heading in it. Pure: the texts are handed in.
import { parse } from 'yaml';

export interface Links {
  readonly followed: number;
  /** Where it stands and where it leads. */
  readonly dead: readonly string[];
}

interface Link {
  readonly from: string;
  readonly to: string;
}

const unique = <T>(list: readonly T[]) => [...new Set(list)];
const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/') + 1);

/** As GitHub and Grafana make anchors of headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

/** `a/b/../c` as it is found. */
function resolved(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

const inDocument = ([file, text]: readonly [string, string]): Link[] =>
  [...text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
    .map((match) => match[1]!)
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => ({ from: file, to: to.startsWith('#') ? `${file}${to}` : resolved(folderOf(file) + to) }));

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    }[];
  }[];
}

function ofAlerts(rules: string): Link[] {
  const { groups } = parse(rules) as RuleFile;
  return groups.flatMap((group) =>
    group.rules.flatMap(({ alert, annotations = {} }) => [
      ...(annotations.runbook_url === undefined ? [] : [{ from: alert!, to: annotations.runbook_url }]),
      ...boardsIn(alert!, annotations.dashboard_url ?? ''),
    ]),
  );
}

const boardsIn = (from: string, text: string): Link[] =>
  unique([...text.matchAll(/\/d\/([a-z-]+)/g)].map((match) => match[1]!)).map((uid) => ({
    from,
    to: `dashboards/generated/${uid}.json`,
  }));

export interface Texts {
  readonly rules: string;
  /** By path from the root of the repository. */
  readonly dashboards: ReadonlyMap<string, string>;
  readonly documents: ReadonlyMap<string, string>;
}

export function followLinks(
  { rules, dashboards, documents }: Texts,
  exists: (file: string) => boolean,
): Links {
  const headings = new Map(
    [...documents].map(([file, text]) => [
      file,
      new Set([...text.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]!))),
    ]),
  );
  const leads = ({ to }: Link) => {
    const [file = '', anchor] = to.split('#');
    if (!exists(file)) return false;
    return anchor === undefined || !headings.has(file) || headings.get(file)!.has(anchor);
  };
  const links = [
    ...ofAlerts(rules),
    ...[...dashboards].flatMap(([file, text]) => boardsIn(file, text)),
    ...[...documents].flatMap(inDocument),
  ];
  const dead = links.filter((link) => !leads(link)).map(({ from, to }) => `${from} → ${to}`);
  return { followed: links.length, dead: unique(dead) };
}
