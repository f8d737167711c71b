// One panel of each kind as the report draws it: what must be readable without a mouse.
import { describe, expect, test } from 'vitest';
import { dashboardOf } from './dashboard.ts';
import type { DrawnPanel, DrawnSeries } from './dashboard-model.ts';

const axis = { totalSeconds: 120, faults: [{ from: 30, until: 50, label: 'psp-timeout' }] };
const every5 = (name: string, value: (at: number) => number): DrawnSeries => ({
  name,
  points: Array.from({ length: 24 }, (_, n) => [n * 5, value(n * 5)] as const),
});
const limit = (from: number) => [
  { from: null, color: 'green' },
  { from, color: 'red' },
];

function drawn(panel: Partial<DrawnPanel>): string {
  const whole: DrawnPanel = {
    ...{ id: 1, kind: 'timeseries', title: 'a panel', description: '', width: 12, unit: 's', bands: [] },
    series: [],
    ...panel,
  };
  const rows = [{ title: 'a row', panels: [whole] }];
  return dashboardOf({ title: 'a board', description: '', rows }, axis).text;
}

describe('a panel with lines', () => {
  test('says when, how much, where its limit is and what it is now', () => {
    const html = drawn({ series: [every5('p99', (at) => at / 60)], bands: limit(1) });
    for (const clock of ['0:00', '0:30', '1:00', '1:30']) expect(html).toContain(`>${clock}</text>`);
    for (const height of ['2 s', '1 s']) expect(html).toContain(`>${height}</text>`);
    expect(html).toMatch(/class="limit-label halo"[^>]*>1 s<\/text>/);
    expect(html).toContain('p99 <b>1.92 s</b>');
  });

  test('names what never rose apart, so that the key holds what did', () => {
    const html = drawn({ unit: 'reqps', series: [every5('2xx', () => 7), every5('5xx', () => 0)] });
    expect(html).toContain('2xx <b>7/s</b>');
    expect(html).not.toContain('5xx <b>');
    expect(html).toContain('0/s throughout: 5xx');
  });

  test('where nothing rose, its limit is in the picture; a limit far above what did is not', () => {
    expect(drawn({ series: [every5('bad', () => 0)], bands: limit(0.01), unit: 'percentunit' })).toContain(
      '>1 %</text>',
    );
    expect(drawn({ series: [every5('p99', () => 0.01)], bands: limit(1) })).not.toContain('class="limit"');
  });
});

test('a state is one bar as long as it stays, with its minutes, and a gap is a gap', () => {
  const burning = every5('Checkout', (at) => (at < 60 ? 0 : 20));
  const points = burning.points.filter(([at]) => at < 20 || at > 40);
  const html = drawn({ kind: 'state-timeline', series: [{ ...burning, points }], bands: limit(14.4) });
  const bars = [...html.matchAll(/<title>(Checkout: .*?)<\/title>/g)].map((match) => match[1]);
  expect(bars).toEqual(['Checkout: green 0:00–0:20', 'Checkout: green 0:45–1:00', 'Checkout: red 1:00–2:00']);
});
