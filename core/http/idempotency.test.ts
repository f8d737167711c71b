import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint, readIdempotencyKey } from './idempotency.ts';

test('the quoted form and the bare form name the same key', () => {
  expect(readIdempotencyKey('"abc-1"')).toEqual({ kind: 'key', key: 'abc-1' });
  expect(readIdempotencyKey('abc-1')).toEqual({ kind: 'key', key: 'abc-1' });
  expect(readIdempotencyKey('"a \\"b\\""')).toEqual({ kind: 'key', key: 'a "b"' });
});

test('no key, an empty one, an unquoted blank, a card number and an endless one are not keys', () => {
  for (const header of [undefined, '', '""']) expect(readIdempotencyKey(header).kind).toBe('missing');
  for (const header of ['a b', '"open', 'ключ', 'k'.repeat(256), '4111111111111111'])
    expect(readIdempotencyKey(header).kind, header).toBe('malformed');
});

test('any printable key survives quoting', () => {
  const printable = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((n) => String.fromCharCode(n)),
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(printable, (key) => {
      const read = readIdempotencyKey(`"${key.replace(/(["\\])/g, '\\$1')}"`);
      return read.kind === 'key' ? read.key === key : read.kind === 'malformed';
    }),
  );
});

test('a retry with its members in another order has the same fingerprint, another amount has not', () => {
  const route = 'POST /v1/orders';
  const one = fingerprint(route, { cart: 'c', payment: { method: 'card', token: 't' } });
  expect(fingerprint(route, { payment: { token: 't', method: 'card' }, cart: 'c' })).toBe(one);
  expect(fingerprint(route, { cart: 'd', payment: { method: 'card', token: 't' } })).not.toBe(one);
  expect(fingerprint('POST /v1/other', { cart: 'c', payment: { method: 'card', token: 't' } })).not.toBe(one);
});
