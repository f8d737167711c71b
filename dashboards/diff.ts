// What changed between two versions of the dashboards, in words: by uid, panel id and query letter, so that a panel that
// was moved or renamed is the same panel.

interface Query {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos?: unknown;
  readonly links?: unknown;
  readonly targets?: readonly Query[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: unknown } };
}

interface Dashboard {
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly templating?: unknown;
  readonly annotations?: unknown;
}

export type Version = ReadonlyMap<string, string>;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Everything of a panel that a reader would notice, except its queries. */
const traits: readonly (readonly [string, (panel: Panel) => unknown])[] = [
  ['kind', ({ type }) => type],
  ['title', ({ title }) => title],
  ['description', ({ description }) => description],
  ['unit', ({ fieldConfig }) => fieldConfig?.defaults.unit],
  ['thresholds', ({ fieldConfig }) => fieldConfig?.defaults.thresholds],
  ['links', ({ links }) => links],
  ['place', ({ gridPos }) => gridPos],
];

function queriesOf(at: string, before: Panel, after: Panel): string[] {
  const old = new Map((before.targets ?? []).map((query) => [query.refId, query]));
  const now = new Map((after.targets ?? []).map((query) => [query.refId, query]));
  return [
    ...[...now].flatMap(([letter, query]) => {
      const was = old.get(letter);
      if (was === undefined) return [`${at}: query ${letter} added: ${query.expr}`];
      if (was.expr !== query.expr)
        return [`${at}: query ${letter} changed\n  - ${was.expr}\n  + ${query.expr}`];
      return same(was, query)
        ? []
        : [`${at}: query ${letter} is drawn otherwise (legend, exemplars or format)`];
    }),
    ...[...old.keys()].filter((letter) => !now.has(letter)).map((letter) => `${at}: query ${letter} removed`),
  ];
}

function panelsOf(uid: string, before: Dashboard, after: Dashboard): string[] {
  const named = ({ id, title }: Panel) => `${uid}, panel ${id} “${title ?? ''}”`;
  const old = new Map((before.panels ?? []).map((panel) => [panel.id, panel]));
  const now = new Map((after.panels ?? []).map((panel) => [panel.id, panel]));
  return [
    ...[...now].flatMap(([id, panel]) => {
      const was = old.get(id);
      if (was === undefined) return [`${named(panel)} added`];
      const changed = traits.filter(([, of]) => !same(of(was), of(panel))).map(([name]) => name);
      return [
        ...(changed.length === 0 ? [] : [`${named(panel)}: ${changed.join(', ')} changed`]),
        ...queriesOf(named(panel), was, panel),
      ];
    }),
    ...[...old].filter(([id]) => !now.has(id)).map(([, panel]) => `${named(panel)} removed`),
  ];
}

function dashboard(uid: string, before: string, after: string): string[] {
  const [old, now] = [JSON.parse(before) as Dashboard, JSON.parse(after) as Dashboard];
  const changes = [
    ...(old.title === now.title ? [] : [`${uid}: title changed to “${now.title ?? ''}”`]),
    ...(same(old.templating, now.templating) ? [] : [`${uid}: its choices changed`]),
    ...(same(old.annotations, now.annotations) ? [] : [`${uid}: its annotations changed`]),
    ...panelsOf(uid, old, now),
  ];
  if (changes.length > 0 || same(old, now)) return changes;
  return [`${uid}: something that no reader notices changed`];
}

/** File name → JSON, on both sides; empty when nothing changed. */
export function diff(before: Version, after: Version): string[] {
  const uidOf = (file: string) => file.replace(/\.json$/, '');
  return [
    ...[...after].flatMap(([file, text]) => {
      const was = before.get(file);
      return was === undefined ? [`${uidOf(file)} added`] : dashboard(uidOf(file), was, text);
    }),
    ...[...before.keys()].filter((file) => !after.has(file)).map((file) => `${uidOf(file)} removed`),
  ];
}
