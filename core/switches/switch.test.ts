import fc from 'fast-check';
import { expect, test } from 'vitest';
import { switchDimensions } from '../telemetry/metrics/switches.ts';
import { decide, type Switch } from './switch.ts';

const one = (more: Partial<Switch> = {}): Switch => ({
  dimension: 'payment_method',
  value: 'card',
  mode: 'on',
  activation: 'a',
  endsAt: 1_000,
  ...more,
});
const card = { payment_method: 'card', region: 'GB' };

test('a switch stops its value until its end and not a moment longer', () => {
  expect(decide([one()], card, 999).stopped).toEqual(one());
  expect(decide([one()], card, 1_000).stopped).toBeNull();
  expect(decide([one({ value: 'wallet' })], card, 0).stopped).toBeNull();
});

test('of several the one that lasts longest is told, because coming back earlier is in vain', () => {
  const longer = one({ dimension: 'region', value: 'GB', endsAt: 5_000 });
  for (const switches of [
    [one(), longer],
    [longer, one()],
  ])
    expect(decide(switches, card, 0).stopped).toEqual(longer);
});

test('a dry run never stops anything, whatever else is on', () => {
  const value = fc.constantFrom('a', 'b', 'c');
  const anySwitch = fc.record({
    dimension: fc.constantFrom(...switchDimensions),
    value,
    mode: fc.constantFrom('on' as const, 'dry_run' as const),
    activation: fc.uuid(),
    endsAt: fc.integer({ min: 0, max: 20 }),
  });
  const wish = fc.dictionary(fc.constantFrom(...switchDimensions), value);
  fc.assert(
    fc.property(fc.array(anySwitch), wish, fc.nat(20), (switches, wanted, now) => {
      const { stopped, wouldStop } = decide(switches, wanted, now);
      const matching = switches.filter((each) => each.endsAt > now && wanted[each.dimension] === each.value);
      expect(wouldStop).toEqual(matching.filter((each) => each.mode === 'dry_run'));
      expect(stopped === null).toBe(matching.every((each) => each.mode === 'dry_run'));
    }),
  );
});
