import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCardNumber, holdsCardNumber, isCardNumber } from './card-number.ts';

test('a card number is seen whole, grouped, and inside other words', () => {
  for (const text of [
    '4111111111111111',
    '4111 1111 1111 1111',
    '5500-0000-0000-0004',
    'card 378282246310005 please',
  ])
    expect(holdsCardNumber(text), text).toBe(true);
});

test('what is as long as a card number but is none goes through', () => {
  for (const text of [
    '4111111111111112',
    '12345678901234567890123',
    '+44 20 7946 0958',
    'SW1A 1AA',
    'tok_ok_17',
  ])
    expect(holdsCardNumber(text), text).toBe(false);
});

test('the path of the field is named, however deep, and its content is not', () => {
  expect(findCardNumber({ a: { b: ['x', '4111111111111111'] } })).toBe('a.b.1');
  expect(findCardNumber({ a: 1, b: 'x' })).toBeNull();
});

test('any text without thirteen digits in a row of groups is no card number', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^(?:[a-z]{1,5}[0-9]{0,12}){0,6}$/), (text) => !holdsCardNumber(text)),
  );
});

test('an id that is a card number is seen, one that only holds its digits is not', () => {
  expect(isCardNumber('4111111111111111')).toBe(true);
  expect(isCardNumber('a4111111111111111')).toBe(false);
});
