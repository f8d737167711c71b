// The queries in Grafana's JSON, wherever it came from.

export interface Target {
  readonly panelId: number;
  readonly title: string;
  readonly refId: string;
  readonly expr: string;
  readonly legend: string;
}

interface RawPanel {
  readonly id?: number;
  readonly title?: string;
  readonly targets?: readonly {
    readonly refId?: string;
    readonly expr?: string;
    readonly legendFormat?: string;
  }[];
  /** Panels of a collapsed row. */
  readonly panels?: readonly RawPanel[];
}

export function targetsOf(dashboard: unknown): Target[] {
  const panels = (dashboard as { readonly panels?: readonly RawPanel[] } | null)?.panels;
  if (!Array.isArray(panels)) throw new Error('this is not the JSON of a dashboard: it has no panels');
  return (panels as RawPanel[])
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .flatMap((panel) =>
      (panel.targets ?? []).map((target) => ({
        panelId: panel.id ?? 0,
        title: panel.title ?? '',
        refId: target.refId ?? '',
        expr: target.expr ?? '',
        legend: target.legendFormat ?? '',
      })),
    );
}
