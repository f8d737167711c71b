import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadProfile } from './load-profile.ts';
import { intendedOrdersPerSecond, makeSchedule, runShape, type ScheduleOptions } from './schedule.ts';

const profile = await loadProfile();
const peak: ScheduleOptions = {
  peakOrdersPerSecond: 14,
  scale: 1.5,
  durationSeconds: 400,
  seed: 1,
  scarce: { skus: ['SCARCE01', 'SCARCE02'], share: 0.04 },
};
const schedule = makeSchedule(profile, peak);
const share = (count: number) => count / schedule.length;
/** Five standard deviations of a share: one false alarm in two million. */
const noise = (p: number, n = schedule.length) => 5 * Math.sqrt((p * (1 - p)) / n);

describe('the schedule', () => {
  test('the same seed is the same traffic, another seed another', () => {
    expect(makeSchedule(profile, peak)).toEqual(schedule);
    expect(makeSchedule(profile, { ...peak, seed: 2 })).not.toEqual(schedule);
  });

  test('arrivals are in order, inside the run, whatever the rate and the seed', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (seed, rate, seconds) => {
          const sessions = makeSchedule(profile, {
            peakOrdersPerSecond: rate,
            scale: 1,
            durationSeconds: seconds,
            seed,
          });
          const offsets = sessions.map((session) => session.offset_ms);
          expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
          for (const offset of offsets) {
            expect(offset).toBeGreaterThanOrEqual(0);
            expect(offset).toBeLessThanOrEqual(seconds * 1000);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('the busiest bin runs at peak × scale orders a second, and the recorded hours around it keep their shape', () => {
    const shape = runShape(profile);
    expect(Math.max(...shape)).toBe(1);
    expect(shape).toHaveLength(8);
    expect(Math.max(...intendedOrdersPerSecond(profile, peak))).toBe(21);
    const binMs = (peak.durationSeconds * 1000) / shape.length;
    const sessionsPerOrder = profile.funnel.carts / profile.funnel.orders;
    shape.forEach((level, bin) => {
      const count = schedule.filter(({ offset_ms }) => Math.floor(offset_ms / binMs) === bin).length;
      const expected = level * 21 * sessionsPerOrder * (binMs / 1000);
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });

  test('arrivals are Poisson: their counts vary as much as they average', () => {
    const flat = makeSchedule(profile, { ...peak, shape: 'flat', durationSeconds: 200 });
    const counts = new Array<number>(400).fill(0);
    for (const { offset_ms } of flat) counts[Math.min(399, Math.floor(offset_ms / 500))]! += 1;
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
    // Even arrivals would give 0; the ratio of 400 Poisson counts is 1 ± 0.07.
    expect(variance / mean).toBeGreaterThan(0.65);
    expect(variance / mean).toBeLessThan(1.35);
  });

  test('the funnel and the mix are the profile’s', () => {
    const stage = (name: string) => share(schedule.filter((session) => session.stage === name).length);
    expect(Math.abs(stage('order') - 27 / 98)).toBeLessThan(noise(27 / 98));
    expect(Math.abs(stage('checkout') - 18 / 98)).toBeLessThan(noise(18 / 98));
    const british = share(schedule.filter((session) => session.market === 'GB').length);
    expect(Math.abs(british - 0.912687)).toBeLessThan(noise(0.912687));
    const declined = share(schedule.filter((session) => session.decline).length);
    expect(Math.abs(declined - profile.declineShare)).toBeLessThan(noise(profile.declineShare));
    const twice = share(schedule.filter((session) => session.double_submit).length);
    expect(Math.abs(twice - profile.doubleSubmitShare)).toBeLessThan(noise(profile.doubleSubmitShare));
  });

  test('popular items stay popular, and some orders want a scarce one', () => {
    const lines = schedule.flatMap((session) => session.lines.map((line) => line.sku));
    const top = profile.items[0]!;
    const seen = lines.filter((sku) => sku === top.sku).length / lines.length;
    expect(Math.abs(seen - top.share)).toBeLessThan(noise(top.share, lines.length));
    const orders = schedule.filter((session) => session.stage === 'order');
    const scarce = orders.filter((session) => session.lines.some((line) => line.sku.startsWith('SCARCE')));
    expect(Math.abs(scarce.length / orders.length - 0.04)).toBeLessThan(noise(0.04, orders.length));
  });

  test('every session is one the shop accepts: lines, units, pauses within their limits', () => {
    for (const { lines, think_ms } of schedule) {
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(9);
      expect(new Set(lines.map((line) => line.sku)).size).toBe(lines.length);
      for (const { quantity } of lines) expect(quantity).toBeLessThanOrEqual(1000);
      for (const pause of think_ms) expect(pause).toBeLessThanOrEqual(profile.thinkTimeSeconds.max * 1000);
    }
  });
});
