import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fraudDecisions } from '../telemetry/metrics/fraud.ts';
import { screenOrDegrade } from './fraud.ts';

const limit = 10_000;
const decided = (amount_minor: number, asked: Awaited<ReturnType<Parameters<typeof screenOrDegrade>[1]>>) =>
  screenOrDegrade({ amount_minor }, () => Promise.resolve(asked), limit);
const away = { kind: 'unavailable', reason: 'timeout' } as const;

test('a screening that answers decides, whatever the order is worth', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(...fraudDecisions), async (amount, decision) => {
      const screened = await decided(amount, { kind: 'answer', value: { decision, score: 7 } });
      expect(screened).toEqual({ decision, score: 7, degraded: false });
    }),
  );
});

test('while it is away an order below the limit is taken and one at the limit is looked at', async () => {
  expect(await decided(limit - 1, away)).toEqual({ decision: 'accept', score: null, degraded: true });
  expect(await decided(limit, away)).toEqual({ decision: 'review', score: null, degraded: true });
});

test('an order it refuses to judge is looked at, however small: that is no outage', async () => {
  expect(await decided(1, { kind: 'refused', status: 422 })).toEqual({
    decision: 'review',
    score: null,
    degraded: false,
  });
});
