// Where a whole request holds a card number: its target, its headers, its body. Pure.
import { findCardNumber, holdsStandingCardNumber } from './card-number.ts';

export interface RequestText {
  /** Path and query as they came. */
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

// 48 random hex digits, of which one in forty thousand looks like a card number; in this form they can hold nothing else.
const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The place, in words that repeat nothing of what was sent; null when there is none. */
export function cardNumberIn({ target, headers, body }: RequestText): string | null {
  if (holdsStandingCardNumber(decoded(target))) return 'path or query';
  if (holdsStandingCardNumber(headers.filter((text) => !traceparent.test(text)).join('\n'))) return 'headers';
  if (body === '' || (!holdsStandingCardNumber(body) && !body.includes('\\'))) return null;
  return inBody(body);
}

function inBody(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return holdsStandingCardNumber(text) ? 'body' : null;
  }
  const field = findCardNumber(value, holdsStandingCardNumber);
  // Of a field that is not ours the name is as untrusted as its value.
  if (field !== null) return /^[a-z_.0-9]{1,80}$/.test(field) ? field : 'body';
  return holdsStandingCardNumber(text) ? 'body' : null;
}

function decoded(target: string): string {
  if (!/[%+]/.test(target)) return target;
  try {
    return decodeURIComponent(target.replaceAll('+', ' '));
  } catch {
    return target;
  }
}
