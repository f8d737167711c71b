// The two questions the live check asks of Prometheus, as values: what it refuses is an answer too.

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** [epoch seconds, value], NaN and infinities left out: a panel cannot draw them. */
  readonly points: readonly (readonly [number, number])[];
}

export type Answer =
  | { readonly kind: 'series'; readonly series: readonly Series[] }
  | { readonly kind: 'refused'; readonly message: string };

const timeoutMs = 30_000;

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

async function ask(url: string, path: string, parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = (await response.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data?: { readonly result: readonly RawSeries[] };
  };
  if (body.status !== 'success' || body.data === undefined) {
    return { kind: 'refused', message: body.error ?? `HTTP ${response.status}` };
  }
  const series = body.data.result.map(({ metric, value, values }) => ({
    labels: metric,
    points: (values ?? (value === undefined ? [] : [value]))
      .map(([at, text]) => [at, Number(text)] as const)
      .filter(([, number]) => Number.isFinite(number)),
  }));
  return { kind: 'series', series };
}

export const queryAt = (url: string, query: string, atMs: number): Promise<Answer> =>
  ask(url, 'query', { query, time: `${atMs / 1_000}` });

export const queryRange = (url: string, query: string, fromMs: number, toMs: number, stepSeconds: number) =>
  ask(url, 'query_range', {
    query,
    start: `${fromMs / 1_000}`,
    end: `${toMs / 1_000}`,
    step: `${stepSeconds}`,
  });
