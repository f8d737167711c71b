// Numbers as Prometheus' templates print them: an annotation is proven word for word.

/** Go's `%.4g`: four digits, no trailing zeros, an exponent from ten thousand on. */
function fourDigits(value: number): string {
  const [digits, exponent] = value.toExponential(3).split('e') as [string, string];
  if (value === 0 || (Number(exponent) >= -4 && Number(exponent) < 4))
    return `${Number(value.toPrecision(4))}`;
  return `${Number(digits)}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

function humanize(value: number): string {
  const prefixes = value >= 1 || value === 0 ? ['', 'k', 'M', 'G'] : ['', 'm', 'u', 'n'];
  let [scaled, index] = [value, 0];
  while (value >= 1 && scaled >= 1000 && index < prefixes.length - 1)
    [scaled, index] = [scaled / 1000, index + 1];
  while (value < 1 && value > 0 && scaled < 1 && index < prefixes.length - 1)
    [scaled, index] = [scaled * 1000, index + 1];
  return fourDigits(scaled) + prefixes[index];
}

function humanizeDuration(value: number): string {
  const whole = Math.trunc(value);
  const [seconds, minutes] = [whole % 60, Math.trunc(whole / 60) % 60];
  const [hours, days] = [Math.trunc(whole / 3_600) % 24, Math.trunc(whole / 86_400)];
  if (days > 0) return `${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours > 0) return `${hours}h ${minutes}m ${seconds}s`;
  if (minutes > 0) return `${minutes}m ${seconds}s`;
  return value >= 1 || value === 0 ? `${fourDigits(value)}s` : `${humanize(value)}s`;
}

const filters: Readonly<Record<string, (value: number) => string>> = {
  humanize,
  humanizeDuration,
  humanizePercentage: (value) => `${fourDigits(value * 100)}%`,
};

/** A query inside an annotation, as burn-alerts.ts writes it. */
const query =
  /\{\{ with query "((?:[^"\\]|\\.)*)" \}\}\{\{ \. \| first \| value \| (\w+) \}\}\{\{ else \}\}(\w+)\{\{ end \}\}/g;

/** The annotation as the on-call reads it; `answer` says what a query in it finds. */
export function fill(
  text: string,
  labels: Readonly<Record<string, string>>,
  value: number,
  answer: (query: string) => number | null,
): string {
  return text
    .replace(query, (_, asked: string, filter: string, otherwise: string) => {
      const found = answer(asked.replaceAll('\\"', '"'));
      return found === null ? otherwise : filters[filter]!(found);
    })
    .replace(/\{\{ \$value(?: \| (\w+))? \}\}/g, (_, name: string | undefined) => {
      const filter = name === undefined ? String : filters[name];
      if (filter === undefined) throw new Error(`the proofs do not know the template function ${name}`);
      return filter(value);
    })
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '');
}
