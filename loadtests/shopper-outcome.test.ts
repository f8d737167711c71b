import { describe, expect, test } from 'vitest';
import { outcomeOf } from './shopper-outcome.ts';

const problem = (name: string, more: object = {}) => ({
  type: `urn:headroom:problem:${name}`,
  title: '',
  ...more,
});

describe('what the shopper was told', () => {
  test.each([
    [201, { order_id: 'o1', state: 'authorized', total_minor: 5 }, 'placed'],
    [202, { order_id: 'o1', state: 'pending_payment' }, 'confirming'],
    [402, problem('declined'), 'declined'],
    [409, problem('sold_out'), 'sold_out'],
    [409, { type: 'https://shop.example/problems/in_flight' }, 'in_flight'],
    [409, problem('already_ordered'), 'rejected'],
    [422, problem('key_reused'), 'rejected'],
    [429, null, 'overloaded'],
    [503, problem('overloaded'), 'overloaded'],
    [503, problem('payment_unavailable'), 'payment_unavailable'],
    [503, problem('unavailable'), 'error'],
    [500, null, 'error'],
    [0, null, 'unknown'],
  ])('%i %j is %s', (status, body, outcome) => {
    expect(outcomeOf(status, body).outcome).toBe(outcome);
  });

  test('an answer of success without an order is the shop’s error, never a placed order', () => {
    expect(outcomeOf(201, null).outcome).toBe('error');
    expect(outcomeOf(201, { order_id: '' }).outcome).toBe('error');
  });

  test('a decline names the order that was cancelled', () => {
    expect(outcomeOf(402, problem('declined', { order_id: 'o7' })).orderId).toBe('o7');
  });
});
