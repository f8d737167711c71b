// A line that is not where the objective is teaches people to be calm too long or alarmed too early.
import { badShare } from '../../alerts/sli.ts';
import { type Slo, slos } from '../../alerts/slos.ts';
import { selector } from '../../core/telemetry/promql.ts';
import { budgetOf, rateInterval } from '../red.ts';
import { type Panel, panelsIn, place, type Rule } from './document.ts';

const bucketsOf = ({ sli }: Slo) => selector(sli.metric, sli.total, { suffix: '_bucket' });

/** Where this panel has to be red, and why; null where no objective says. */
export function limitOfObjective({
  type,
  targets = [],
}: Panel): { readonly value: number; readonly why: string } | null {
  if (type !== 'timeseries') return null;
  for (const slo of slos as readonly Slo[]) {
    const { sli } = slo;
    const late =
      sli.kind === 'latency' &&
      targets.some(({ expr }) => expr.startsWith('histogram_quantile') && expr.includes(bucketsOf(slo)));
    if (late) return { value: sli.thresholdSeconds, why: `${slo.id} counts what takes longer` };
    if (targets.some(({ expr }) => expr === badShare(slo, rateInterval)))
      return { value: budgetOf(slo), why: `${slo.id} allows this share` };
  }
  return null;
}

export const thresholds: Rule = {
  name: 'thresholds',
  find: (document) =>
    panelsIn(document).flatMap((panel) => {
      const at = limitOfObjective(panel);
      const steps = panel.fieldConfig?.defaults.thresholds?.steps ?? [];
      if (at === null || steps.some(({ value }) => value === at.value)) return [];
      return [
        `${place(document, panel)} has no threshold at ${at.value}: ${at.why}; take it from the objective`,
      ];
    }),
};
