import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checks } from '../checks.ts';
import { healthyFacts, writeFacts } from '../evidence.fixture.ts';
import { judgeEvidence } from '../judge.ts';
import { niceCeiling } from './chart.ts';
import { renderJunit } from './junit.ts';
import type { ReportModel } from './model.ts';
import { renderReport } from './page.ts';
import { renderSummary } from './summary.ts';

const hostile = '<img src=x onerror="alert(1)"> & | `code`';
let dir: string;
let red: ReportModel;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'report-'));
  const facts = healthyFacts();
  facts.panels[0]!.live = false;
  facts.panels[0]!.detail = hostile;
  facts.queues = null;
  facts.machine[150]!.clock_step_ms = 900;
  await writeFacts(dir, facts);
  red = await judgeEvidence(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('report.html', () => {
  test('opens offline: nothing in it is fetched, nothing is executed', () => {
    // What somebody said is text by now; the tags are ours.
    const page = renderReport(red).replace(/&lt;.*?&gt;/g, '');
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\ssrc=|href=/i);
    expect(page).toContain("default-src 'none'");
  });

  test('says verdict, load and reasons before anything else', () => {
    const page = renderReport(red);
    const order = [
      'Invalid run',
      'Recorded peak',
      'clock-steady',
      'queues-drained',
      'The run on one time axis',
    ];
    const places = order.map((text) => page.indexOf(text, page.indexOf('<h1')));
    expect(places.every((place, at) => place > 0 && (at === 0 || place > places[at - 1]!))).toBe(true);
  });

  test('lists what the aftermath played and what became of it; a drill without one has no such part', () => {
    const [wakes, started_ms, ended_ms] = [[], 0, 1];
    const acts = [
      { act: 'refunds', came_off: true, detail: 'two refunds', wakes, started_ms, ended_ms },
      { act: 'disputes', came_off: false, detail: 'nobody was told', wakes, started_ms, ended_ms },
    ];
    const page = renderReport({ ...red, acts });
    expect(page).toMatch(/✓ pass<\/span><\/td><td>refunds<\/td><td>two refunds/);
    expect(page).toMatch(/✗ fail<\/span><\/td><td>disputes<\/td><td>nobody was told/);
    expect(renderReport(red)).not.toContain('<h2>Aftermath');
  });

  test('shows what was said as text, whatever it says', () => {
    expect(renderReport(red)).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp;');
  });

  test('evidence that kept no lines has no dashboards drawn, and every query listed all the same', () => {
    const page = renderReport(red);
    expect([page.includes('<h4>'), page.includes('Every query of every dashboard, 3')]).toEqual([
      false,
      true,
    ]);
  });

  test('faults and alerts stand on the same axis', () => {
    const page = renderReport(red);
    expect(page.match(/class="fault"/g)).toHaveLength(4);
    expect(page).toContain('PaymentProviderTimeouts (psp-primary)');
  });
});

describe('the other forms', () => {
  test('summary.md names each reason and what to do next, with no markup of others', () => {
    const summary = renderSummary(red.verdict);
    expect(summary).toContain('**clock-steady**');
    expect(summary).toContain('Next:');
    expect(summary).not.toMatch(/(?<!\\)<img/);
  });

  test('junit.xml: a miss fails, missing data is skipped, an invalid run is an error', () => {
    const xml = renderJunit(red.verdict, 400);
    expect(xml).toContain(`tests="${Object.keys(checks).length}" failures="1" errors="1" skipped="2"`);
    expect(xml).toMatch(/name="dashboard-live"><failure message="[^<]*&lt;img/);
    expect(xml).toMatch(/name="clock-steady"><error /);
    expect(xml).toMatch(/name="queues-drained"><skipped /);
  });

  test('an axis ends on a round number at or above the largest value', () => {
    expect([0, 0.4, 21, 999, 1_001].map(niceCeiling)).toEqual([1, 0.5, 30, 1_000, 1_500]);
  });
});
