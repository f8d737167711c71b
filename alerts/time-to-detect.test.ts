// The committed table of times to detect, a sample of its cells played to promtool: silent shortly before, firing by then.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prometheus } from '../stack/prometheus.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import type { AlertRule } from './alert.ts';
import { budgetExhausted, sliAbsent } from './budget-alerts.ts';
import type { Objective } from './burn-alerts.ts';
import { windowSeconds } from './burn-rate.ts';
import { journeys } from './journeys.ts';
import { rangeEdgeOf } from './prometheus-tools.ts';
import { judge } from './proofs/prove.ts';
import { eventsPerStep, tell } from './proofs/story.ts';
import { groupsFor, type PromtoolFile, promtoolFiles } from './proofs/suite.ts';
import type { Phase } from './proofs/traffic.ts';
import { alertRules, ruleGroups } from './rules.ts';
import { slos } from './slos.ts';
import { badShares, people, timingOf, waits } from './time-to-detect.ts';
import type { AlertTiming } from './timings.ts';

const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
const edge = await rangeEdgeOf(promtool);
const committed = readFileSync(join(import.meta.dirname, 'generated', 'time-to-detect.md'), 'utf8');
const groups = ruleGroups();
const objectives: readonly Objective[] = [...slos, ...journeys];

/** What the table says, as the seconds it may mean: it is rounded. */
function meantBy(text: string): { from: number; to: number } {
  const [, digits, unit] = /^([\d.]+) (s|min|h|d)$/.exec(text) ?? [];
  const size = { s: 1, min: 60, h: 3_600, d: 86_400 }[unit as 's' | 'min' | 'h' | 'd'];
  const half = (digits!.includes('.') ? 0.05 : 0.5) * size;
  return { from: Number(digits) * size - half, to: Number(digits) * size + half };
}

function cell(table: string, row: string, column: number): string {
  const line = table.split('\n').find((one) => one.startsWith(`| ${row} |`));
  if (line === undefined) throw new Error(`the table has no row ${row}`);
  return line.slice(2, -2).split(' | ').at(column)!;
}

interface Played {
  readonly name: string;
  readonly said: string;
  readonly alert: AlertRule;
  readonly timing: AlertTiming;
  readonly objective: Objective;
  readonly stepSeconds: number;
  readonly before: number;
  readonly bad: Omit<Phase, 'steps'>;
}

/** Good traffic for as long as the alert looks back, then the bad; asked of the series that a firing alert leaves behind. */
function fileOf({ name, said, alert, timing, objective, stepSeconds, before, bad }: Played): PromtoolFile {
  const never = said === 'never';
  const meant = never ? { from: 0, to: 2 * windowSeconds['1h'] } : meantBy(said);
  const steps = Math.ceil(meant.to / stepSeconds) + 2;
  const good = { events: eventsPerStep, bad: 0 };
  const story = tell(objective, { stepSeconds, edge }, [
    { steps: before, ...good },
    { steps, ...bad },
  ]);
  const firing = `count(ALERTS{alertname="${alert.alert}", slo="${objective.id}", alertstate="firing"})`;
  // The first step at which the waits of the real way are over for certain, and the last at which they cannot be.
  const silent = before + Math.floor((meant.from - waits(timing)) / stepSeconds) - 1;
  // `for` is waited in whole steps here.
  const patience = timing.forSeconds > 0 ? 1 : 0;
  const speaking = before + patience + Math.ceil((meant.to - waits(timing)) / stepSeconds);
  const asked = never
    ? [{ step: before + steps, expr: firing, value: null }]
    : [
        { step: silent, expr: firing, value: null },
        { step: speaking, expr: firing, value: 1 },
      ];
  const one = {
    name,
    shows: [],
    stepSeconds,
    series: story.parts.flatMap(({ counted }) => counted),
    checks: [],
    recorded: asked,
  };
  return promtoolFiles(
    { alert, groups: groupsFor(alert, groups), cases: [one] },
    name.replaceAll(/\W+/g, '-'),
  )[0]!;
}

const shareColumn = (share: (typeof badShares)[number]) => badShares.indexOf(share) - badShares.length;

type Share = (typeof badShares)[number];
type Told = readonly [
  slo: string,
  tier: 'page-fast' | 'page-slow' | 'ticket-fast' | 'ticket-slow',
  share: Share,
];

function burning(table: string, [slo, tierName, share]: Told): Played {
  const objective = objectives.find(({ id }) => id === slo)!;
  const alert = alertRules(groups).find(({ labels }) => labels.slo === slo && labels.burn_tier === tierName)!;
  const timing = timingOf(objective.alertName, { tier: tierName });
  if (timing.kind !== 'burn') throw new Error(`${objective.alertName} is no burn alert`);
  // Five steps in the short window.
  const stepSeconds = timing.longWindowSeconds / 60;
  return {
    name: `${objective.alertName} ${tierName} at ${share}`,
    said: cell(table, `${objective.alertName} | ${tierName}`, shareColumn(share)),
    alert,
    timing,
    objective,
    stepSeconds,
    before: 62,
    bad: { events: eventsPerStep, bad: eventsPerStep * share },
  };
}

function exhausted(table: string, slo: string, share: Share): Played {
  const objective = objectives.find(({ id }) => id === slo)!;
  const alert = alertRules(groups).find((rule) => rule.alert === budgetExhausted && rule.labels.slo === slo)!;
  return {
    name: `${budgetExhausted} ${slo} at ${share}`,
    said: cell(table, slo, shareColumn(share)),
    alert,
    timing: timingOf(budgetExhausted, { slo }),
    objective,
    stepSeconds: windowSeconds['30d'] / 90,
    before: 92,
    bad: { events: eventsPerStep, bad: eventsPerStep * share },
  };
}

function absent(table: string, slo: string): Played {
  const objective = objectives.find(({ id }) => id === slo)!;
  const alert = alertRules(groups).find((rule) => rule.alert === sliAbsent && rule.labels.slo === slo)!;
  return {
    name: `${sliAbsent} ${slo}`,
    said: cell(table, `${sliAbsent} ${slo}`, -1),
    alert,
    timing: timingOf(sliAbsent, { slo }),
    objective,
    stepSeconds: 15,
    before: 4,
    bad: { events: 0, bad: 0, gone: true },
  };
}

const sample: readonly Told[] = [
  ['checkout-availability', 'page-fast', 1],
  ['checkout-availability', 'page-fast', 0.6],
  ['checkout-availability', 'page-slow', 0.05],
  ['checkout-latency', 'page-fast', 0.6],
  ['cart', 'page-fast', 0.1],
  ['cart', 'page-slow', 0.3],
  ['order-creation', 'ticket-fast', 0.1],
  ['payment-authorization', 'ticket-slow', 0.3],
  ['checkout-journey', 'page-fast', 0.6],
];

const play = (table: string): Played[] => [
  ...sample.map((told) => burning(table, told)),
  exhausted(table, 'quote', 0.3),
  exhausted(table, 'checkout-journey', 0.1),
  absent(table, 'order-creation'),
];

async function refusedBy(played: readonly Played[]): Promise<string[]> {
  const judged = await judge(promtool, played.map(fileOf));
  return judged.filter(({ held }) => !held).map(({ output }) => output);
}

describe('the table of times to detect', () => {
  test('says what promtool finds, cell by cell of a sample', async () => {
    expect(play(committed).map(({ said }) => said)).toContain('never');
    expect(await refusedBy(play(committed))).toEqual([]);
  }, 120_000);

  test('a cell that is wrong is found out: too early, too late, never', async () => {
    const row = /^\| CheckoutLatencyBurn \| page-fast .*$/m.exec(committed)![0];
    const wrong = ['8 min', '29 min', 'never'].map((planted) =>
      committed.replace(row, row.replace('15 min', planted)),
    );
    const played = wrong.map((table) => burning(table, ['checkout-latency', 'page-fast', 0.6]));
    expect(played.map(({ said }) => said)).toEqual(['8 min', '29 min', 'never']);
    expect(await refusedBy(played)).toHaveLength(3);
  });

  test('is written for people: seconds, minutes, hours, days, never', () => {
    expect([59.6, 100, 6_000, 172_800, Number.POSITIVE_INFINITY].map(people)).toEqual([
      '60 s',
      '2 min',
      '1.7 h',
      '2.0 d',
      'never',
    ]);
  });
});
