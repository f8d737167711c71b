import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { defaultProfileFile, loadProfile, parseProfile, renderProfile } from '../load-profile.ts';
import { defaultRecording } from './default-profile.ts';
import { recordProfile } from './record.ts';

const shop = mkdtempSync(join(tmpdir(), 'headroom-record-'));
const map = 'id=No,time=At,country=Land,quantity=Units,price=Price';
const header = 'No,At,Customer,Land,Units,Price\n';

function orders(rows: string, name = 'orders.csv'): string {
  const file = join(shop, name);
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(header + rows) : header + rows);
  return file;
}
const record = (file: string, more: object = {}) =>
  recordProfile({
    ...{ from: 'orders-csv', file, map, timeFormat: 'YYYY-MM-DD HH:MM', cancelledPrefix: 'C' },
    ...more,
  });

describe('the committed default profile', () => {
  test('is what the recording says, byte for byte; run `npx tsx loadtests/record/default-profile.ts`', async () => {
    const again = await recordProfile(defaultRecording);
    expect(readFileSync(defaultProfileFile, 'utf8')).toBe(renderProfile(again));
  });

  test('is the busiest day, with its lunch peak, and says of every field where it comes from', async () => {
    const profile = await loadProfile();
    expect(profile).toMatchObject({ day: '2011-11-22', orders: 154, cancellationShare: 0.148108 });
    const { intensity, startMinute, binMinutes } = profile.shape;
    const peak = intensity.indexOf(Math.max(...intensity));
    expect(startMinute + peak * binMinutes).toBe(12 * 60);
    expect(profile.markets[0]).toEqual({ country: 'GB', share: 0.912687 });
    const measured = Object.keys(profile).filter(
      (field) => !['version', 'name', 'hash', 'source', 'provenance'].includes(field),
    );
    expect(Object.keys(profile.provenance).sort()).toEqual(measured.sort());
    expect(profile.provenance.funnel?.kind).toBe('assumed');
    expect(profile.provenance.orders?.note).toContain('19 of its 154 carry no price or quantity');
    expect(profile.provenance.cancellationShare?.note).toContain('begin with C');
    expect(profile.provenance.basketLines?.note).toContain(
      'assumed in the replay: 10 recorded lines become one, 8 at most',
    );
  });

  test('holds no customer', () => {
    const text = readFileSync(defaultProfileFile, 'utf8');
    expect(text).not.toContain('17850');
    expect(text).not.toMatch(/customer/i);
  });
});

describe('recording a shop’s orders', () => {
  test('finds the busiest day without cancellations, in plain and gzipped files alike', async () => {
    const rows = [
      '1,2026-03-01 09:00,a,DE,1,5',
      'C2,2026-03-01 09:05,a,DE,-1,5',
      'C3,2026-03-01 09:06,a,DE,-1,5',
      '4,2026-03-02 10:00,b,France,1,5',
      '5,2026-03-02 10:10,b,FR,2,5',
    ].join('\n');
    const plain = await record(orders(rows));
    expect(plain).toMatchObject({ day: '2026-03-02', orders: 2, cancellationShare: 0.4 });
    expect(plain.markets).toEqual([
      { country: 'FR', share: 0.666667 },
      { country: 'DE', share: 0.333333 },
    ]);
    const zipped = await record(orders(rows, 'orders.csv.gz'), { name: 'orders', source: plain.source });
    expect({ ...zipped, hash: '', provenance: {} }).toEqual({ ...plain, hash: '', provenance: {} });
    expect((await record(orders(rows), { day: '2026-03-01' })).orders).toBe(1);
  });

  test('without a prefix for cancellations an order whose id begins with C is an order, and that is said', async () => {
    const rows = 'C1,2026-03-01 09:00,a,DE,1,5\nCX2,2026-03-01 09:05,a,DE,0,5\n';
    const profile = await record(orders(rows), { cancelledPrefix: undefined });
    expect(profile).toMatchObject({ orders: 2, cancellationShare: 0 });
    expect(profile.provenance.cancellationShare).toMatchObject({ kind: 'assumed' });
    expect(profile.provenance.orders?.note).toContain(
      '1 of its 2 carry no price or quantity (stock corrections), 1 of the 2 of its busiest 30 minutes from 9:00',
    );
    await expect(record(orders(rows), { cancelledPrefix: '' })).rejects.toThrow('--cancelled-prefix');
  });

  test.each([
    '2026-03-01 09:10',
    '2026-03-01T09:10',
    '2026-03-01T09:10:59Z',
    '2026-03-01T09:10:59.123456+01:00',
    '2026-03-01 09:10:59 -0500',
    '2026-03-01 09:10:59+02',
  ])('an ISO 8601 time needs no format: %s', async (time) => {
    const file = orders(`1,${time},a,DE,1,5\n`);
    const profile = await record(file, { timeFormat: undefined });
    expect(profile).toMatchObject({ day: '2026-03-01', shape: { startMinute: 9 * 60 } });
  });

  test.each(['3/1/2026 9:10', '2026-02-30T09:10', '2026-03-01', '2026-03-01T25:10Z'])(
    'a time that is not ISO 8601 is refused with the flag that helps: %s',
    async (time) => {
      const file = orders(`1,${time},a,DE,1,5\n`);
      await expect(record(file, { timeFormat: undefined })).rejects.toThrow('--map-time-format');
    },
  );

  test.each([
    ['1,2026-02-30 09:00,a,DE,1,5', 'line 3, column At: "2026-02-30 09:00"'],
    ['1,2026-03-01 09:00,a,Atlantis,1,5', 'line 3, column Land: "Atlantis"'],
    ['1,2026-03-01 09:00,a,DE,many,5', 'line 3, column Units: "many"'],
    ['1,2026-03-01 09:00,a,DE,1,', 'line 3, column Price: ""'],
    [',2026-03-01 09:00,a,DE,1,5', 'line 3, column No: ""'],
    ['1,2026-03-01 09:00,a,DE,1', 'line 3'],
  ])('a broken row refuses the whole file and names the place: %s', async (row, place) => {
    const out = join(shop, `out-${row.length}-${Math.random()}`, 'profile.json');
    const file = orders(`0,2026-03-01 08:00,a,DE,1,5\n${row}\n`);
    await expect(record(file, { out })).rejects.toThrow(place);
    await expect(record(file, { out })).rejects.toHaveProperty('name', 'UsageError');
    expect(() => readdirSync(join(out, '..'))).toThrow('ENOENT');
  });

  test('a missing file, a cut gzip, an unknown column, field, source or day is a usage error', async () => {
    const file = orders('1,2026-03-01 09:00,a,DE,1,5\n');
    const cut = join(shop, 'cut.csv.gz');
    writeFileSync(cut, gzipSync(header + '1,2026-03-01 09:00,a,DE,1,5\n'.repeat(50)).subarray(0, 60));
    const tried = [
      () => record(join(shop, 'nowhere.csv')),
      () => record(cut),
      () => record(file, { map: 'id=Nummer,time=At,country=Land' }),
      () => record(file, { map: 'id=No,time=At,country=Land,colour=Red' }),
      () => record(file, { map: 'id=No,time=At' }),
      () => record(file, { from: 'crystal-ball' }),
      () => record(file, { day: '2020-01-01' }),
      () => record(file, { timeFormat: 'YYYY' }),
    ];
    for (const attempt of tried) await expect(attempt()).rejects.toHaveProperty('name', 'UsageError');
  });
});

describe('reading a profile', async () => {
  const profile = await loadProfile();

  test('an unknown version is refused with what to do', () => {
    const text = renderProfile({ ...profile, version: 99 });
    expect(() => parseProfile(text, 'p.json')).toThrow('profile version 99 is unknown');
  });

  test('a profile edited by hand is refused', () => {
    const text = renderProfile({ ...profile, declineShare: 0 });
    expect(() => parseProfile(text, 'p.json')).toThrow('does not match its hash');
    expect(() => parseProfile('{"version":1}', 'p.json')).toThrow('not a usable profile');
    expect(() => parseProfile('nonsense', 'p.json')).toThrow('not JSON');
    expect(parseProfile(renderProfile(profile), 'p.json')).toEqual(profile);
  });
});
