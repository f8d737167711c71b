// Text that PostgreSQL keeps: neither a zero character nor half of a surrogate pair, which are JSON and a path all the same.
import { findText } from './card-number.ts';

const unstorable = /[\0\p{Surrogate}]/u;

export const isStorable = (text: string): boolean => !unstorable.test(text);

// In a body as it came both can only be escapes, and few bodies have one.
const escaped = /\\u(?:0000|d[89a-f])/i;

/** Path of the first text that cannot be stored; `text` is what `value` was read from. */
export const findUnstorable = (text: string, value: unknown): string | null =>
  escaped.test(text) ? findText(value, (each) => !isStorable(each)) : null;
