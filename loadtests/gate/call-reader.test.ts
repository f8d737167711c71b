import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallReader } from './call-reader.ts';

const reader = new CallReader();
function read(line: string, before = '', after = '\n{"metric":"http_req_duration","type":"Point"') {
  const bytes = Buffer.from(before + line + after);
  const start = Buffer.byteLength(before);
  const call = reader.read(bytes, start, start + Buffer.byteLength(line));
  return call === null ? null : { ...call };
}
const line = (time: string, value: number, tags: object) =>
  JSON.stringify({ metric: 'http_req_duration', type: 'Point', data: { time, value, tags } });

test('reads what JSON.parse reads, whatever the time, the zone, the number and the tags beside it', () => {
  const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
  const zone = fc.constantFrom('Z', '+01:00', '-05:30');
  const duration = fc.oneof(
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.constantFrom(0, 1e-7, 12, 2.5e7),
  );
  fc.assert(
    fc.property(
      instant,
      zone,
      duration,
      fc.constantFrom('cart', 'atp', 'a'),
      fc.nat(599),
      (date, suffix, value, name, status) => {
        const time = date.toISOString().replace('Z', `456789${suffix}`);
        const call = read(
          line(time, value, { error_code: '', name, scenario: 's', status: String(status) }),
          'x\n',
        );
        expect(call).toMatchObject({ step: name, status });
        expect(Math.abs(call!.endMs - Date.parse(time))).toBeLessThan(1.001);
        expect(Math.abs(call!.durationMs - value)).toBeLessThanOrEqual(value * 1e-9 + 1e-12);
      },
    ),
  );
});

test('a line without a name, without a point, or cut short is passed over', () => {
  const whole = line('2026-01-01T00:00:00Z', 5, { status: '200' });
  expect(read(whole)).toBeNull();
  expect(read(whole.replace('Point', 'Metric'))).toBeNull();
  expect(read(line('2026-01-01T00:00:00Z', 5, { name: 'cart' }).slice(0, 70))).toBeNull();
  expect(read(line('2026-01-01T00:00:00Z', 5, { name: 'cart' }))).toMatchObject({ step: 'cart', status: 0 });
});
