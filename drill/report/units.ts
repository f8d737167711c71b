// Figures as Grafana's units show them: the same number must not read differently in the report.

const compact = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return `${Number(value.toPrecision(3))}`;
};

function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size >= 86_400) return `${Number((seconds / 86_400).toPrecision(3))} d`;
  if (size >= 3_600) return `${Number((seconds / 3_600).toPrecision(3))} h`;
  if (size >= 120) return `${Number((seconds / 60).toPrecision(3))} min`;
  return size >= 1 || size === 0
    ? `${Number(seconds.toPrecision(3))} s`
    : `${Number((seconds * 1_000).toPrecision(3))} ms`;
}

const byUnit: Readonly<Record<string, (value: number) => string>> = {
  s: duration,
  percentunit: (value) => `${Number((value * 100).toPrecision(3))} %`,
  reqps: (value) => `${compact(value)}/s`,
  bytes: (value) => `${compact(value)}B`,
};

export const inUnit = (value: number, unit: string): string => (byUnit[unit] ?? compact)(value);
