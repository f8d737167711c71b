// Grafana's JSON as far as the rules read it, and the words with which they point at a place in it.
import { readSelectors } from '../selectors.ts';
import { substitute, valuesIn } from '../variables.ts';

export interface DataSource {
  readonly type?: string;
  readonly uid?: string;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly exemplar?: boolean;
  readonly hide?: boolean;
  readonly datasource?: DataSource;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: DataSource;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly links?: readonly { readonly url?: string }[];
  readonly options?: { readonly reduceOptions?: { readonly calcs?: readonly string[] } };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
    readonly overrides?: readonly {
      readonly matcher: { readonly id: string; readonly options?: unknown };
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value?: unknown };
  readonly hide?: number;
  readonly query?: unknown;
  readonly datasource?: DataSource;
}

interface Annotation {
  readonly name: string;
  readonly enable: boolean;
  readonly datasource?: DataSource;
  readonly expr?: string;
  readonly titleFormat?: string;
  readonly target?: { readonly tags?: readonly string[] };
}

export interface Document {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly refresh?: string;
  readonly time?: { readonly from: string; readonly to: string };
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
}

/** What lies beside the dashboards and that they name. */
export interface Surroundings {
  readonly uids: ReadonlySet<string>;
  readonly runbooks: ReadonlySet<string>;
  /** What Grafana loads, by name: the files as they are written. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Rule {
  readonly name: string;
  /** Each finding with its place, what is wrong and the fix. */
  find(document: Document, around: Surroundings): string[];
}

export const panelsIn = ({ panels }: Document) => panels.filter(({ type }) => type !== 'row');

export const place = ({ uid }: Document, { id, title }: Panel) => `${uid}, panel ${id} “${title ?? ''}”`;

/** Expressions as Prometheus would get them: variables filled in, as of now. */
export interface Asked extends Target {
  readonly panel: Panel;
  readonly place: string;
  /** As written, variables and all. */
  readonly raw: string;
  /** As `expr`, and of when. */
  readonly timed: string;
  readonly grouping: readonly string[];
}

export function askedIn(document: Document): Asked[] {
  const values = valuesIn({ dashboard: document, fromMs: 0, toMs: 3_600_000 });
  return panelsIn(document).flatMap((panel) =>
    (panel.targets ?? []).map((target) => {
      const timed = substitute(target.expr, values);
      // Which series, not of when.
      const expr = timed.replaceAll(/\s+offset \d+[smhdwy]/g, '');
      const { grouping } = readSelectors(expr);
      const at = `${place(document, panel)} ${target.refId}`;
      return { ...target, panel, expr, timed, raw: target.expr, grouping, place: at };
    }),
  );
}

/** What an annotation asks of Prometheus; those that are posted ask nothing. */
export const marksIn = ({ uid, annotations }: Document): Pick<Asked, 'place' | 'expr' | 'grouping'>[] =>
  annotations.list.flatMap(({ name, expr }) =>
    expr === undefined
      ? []
      : [{ place: `${uid}, annotation ${name}`, expr, grouping: readSelectors(expr).grouping }],
  );
