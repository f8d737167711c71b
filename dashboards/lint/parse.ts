// promtool reads PromQL as Prometheus does: every query as a recording rule that nobody loads.
import { stringify } from 'yaml';
import { substitute, valuesIn } from '../variables.ts';
import type { Document } from './document.ts';

/** A name that a rule may have, from which the panel can be found again. */
const ruleName = (uid: string, panel: number, refId: string) =>
  `${uid.replaceAll('-', '_')}:panel_${panel}:${refId}`;

export function asRules(all: readonly Document[]): string {
  const rules = all.flatMap((document) => {
    const values = valuesIn({ dashboard: document, fromMs: 0, toMs: 3_600_000 });
    return document.panels.flatMap(({ id, targets = [] }) =>
      targets.map(({ refId, expr }) => ({
        record: ruleName(document.uid, id, refId),
        expr: substitute(expr, values),
      })),
    );
  });
  return stringify({ groups: [{ name: 'dashboards', rules }] });
}
