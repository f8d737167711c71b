// Whether a matcher lets a value through.
import type { Matcher } from '../../alerts/promql-reader.ts';

/** As Prometheus does it: the whole value. Null where the pattern is none that can be tried here. */
export function lets({ op, value }: Pick<Matcher, 'op' | 'value'>, candidate: string): boolean | null {
  if (op === '=') return candidate === value;
  if (op === '!=') return candidate !== value;
  try {
    return new RegExp(`^(?:${value})$`, 's').test(candidate) === (op === '=~');
  } catch {
    return null;
  }
}
