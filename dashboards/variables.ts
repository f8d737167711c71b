// Grafana's variables, as Grafana would fill them in for a range of exactly one run with every choice left at All.

export interface Range {
  readonly dashboard: unknown;
  readonly fromMs: number;
  readonly toMs: number;
  /** By name without the dollar; they win. */
  readonly variables?: Readonly<Record<string, string>>;
}

interface RawVariable {
  readonly name?: string;
  readonly type?: string;
  readonly allValue?: string;
}

/** What a rate looks back at in a run; only after it has passed is a change the run's own. */
export const rateIntervalSeconds = 30;

function choicesIn(dashboard: unknown): [string, string][] {
  const list = (dashboard as { readonly templating?: { readonly list?: readonly RawVariable[] } } | null)
    ?.templating?.list;
  return (list ?? []).flatMap(({ name, type, allValue }) =>
    type === 'custom' && name !== undefined && allValue !== undefined ? [[name, allValue]] : [],
  );
}

export function valuesIn({
  dashboard,
  fromMs,
  toMs,
  variables = {},
}: Range): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(choicesIn(dashboard)),
    __rate_interval: `${rateIntervalSeconds}s`,
    __interval: '5s',
    __range: `${Math.max(1, Math.round((toMs - fromMs) / 1_000))}s`,
    ...variables,
  };
}

export const substitute = (expr: string, values: Readonly<Record<string, string>>): string =>
  expr.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? whole);
