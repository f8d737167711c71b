import { describe, expect, test } from 'vitest';
import { diff, type Version } from './diff.ts';
import { generate } from './generate.ts';

const now = generate();
// biome-ignore lint/suspicious/noExplicitAny: JSON that somebody edits
type Loose = any;

function edited(plant: (document: Loose, panel: (id: number) => Loose) => void): Version {
  const document = JSON.parse(now.get('checkout-overview.json')!) as Loose;
  plant(document, (id) => document.panels.find((one: Loose) => one.id === id));
  return new Map([...now, ['checkout-overview.json', JSON.stringify(document)]]);
}

describe('the diff of dashboards', () => {
  test('is empty between two equal versions, however they are laid out', () => {
    expect(diff(now, now)).toEqual([]);
    expect(
      diff(
        now,
        edited(() => undefined),
      ),
    ).toEqual([]);
  });

  test('shows a query that changed, before and after, by panel and letter', () => {
    const after = edited((_, panel) => (panel(901).targets[0].expr = 'sum(outbox_pending_events)'));
    expect(diff(now, after)).toEqual([
      'checkout-overview, panel 901 “Outbox: pending events”: query A changed\n  - max(outbox_pending_events)\n  + sum(outbox_pending_events)',
    ]);
  });

  test.each<[string, Parameters<typeof edited>[0], string]>([
    ['a panel that is gone', (document) => document.panels.splice(1, 1), 'panel 101 “Orders placed” removed'],
    [
      'a panel that is new',
      (document, panel) => document.panels.push({ ...panel(901), id: 999 }),
      'panel 999 “Outbox: pending events” added',
    ],
    [
      'a panel that was moved and renamed',
      (_, panel) => Object.assign(panel(901), { title: 'Pending', gridPos: {} }),
      'panel 901 “Pending”: title, place changed',
    ],
    [
      'a limit that was lowered',
      (_, panel) => (panel(902).fieldConfig.defaults.thresholds.steps[1].value = 5),
      'panel 902 “Outbox: oldest event”: thresholds changed',
    ],
    ['a query more', (_, panel) => panel(901).targets.push({ refId: 'B', expr: 'x' }), 'query B added: x'],
    ['a query less', (_, panel) => panel(103).targets.pop(), 'query B removed'],
    [
      'another legend',
      (_, panel) => (panel(901).targets[0].legendFormat = 'y'),
      'query A is drawn otherwise',
    ],
    ['another choice', (document) => (document.templating = {}), 'its choices changed'],
    ['other marks', (document) => document.annotations.list.pop(), 'its annotations changed'],
    ['another refresh', (document) => (document.refresh = '5m'), 'no reader notices'],
  ])('names %s', (_, plant, said) => {
    const found = diff(now, edited(plant));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(said);
  });

  test('names a dashboard that came and one that went', () => {
    const fewer = new Map([...now].filter(([file]) => file !== 'verdict.json'));
    expect(diff(fewer, now)).toEqual(['verdict added']);
    expect(diff(now, fewer)).toEqual(['verdict removed']);
  });
});
