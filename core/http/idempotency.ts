// The Idempotency-Key header of the IETF draft: a quoted structured-field string; the bare form, which most clients
// send, is taken too.
import { createHash } from 'node:crypto';
import { isCardNumber } from './card-number.ts';

export type ReadKey =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed'; readonly reason: string };

const maxKeyLength = 255;
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bare = /^[\x21\x23-\x7e]+$/;

export function readIdempotencyKey(header: string | undefined): ReadKey {
  const text = header?.trim() ?? '';
  if (text === '') return { kind: 'missing' };
  const inner = quoted.exec(text)?.[1];
  const key = inner !== undefined ? inner.replace(/\\(["\\])/g, '$1') : bare.test(text) ? text : null;
  if (key === null) return { kind: 'malformed', reason: 'it is neither a quoted string nor visible ASCII' };
  if (key === '') return { kind: 'missing' };
  if (key.length > maxKeyLength)
    return { kind: 'malformed', reason: `it is longer than ${maxKeyLength} characters` };
  // A key is stored and logged by proxies.
  if (isCardNumber(key)) return { kind: 'malformed', reason: 'it looks like a card number' };
  return { kind: 'key', key };
}

/** SHA-256 of the business fields in canonical form: member order must not make a retry look like another request. */
export function fingerprint(route: string, fields: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`${route}\n${canonical(fields)}`)
    .digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
