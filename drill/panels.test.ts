// What the drill asks of Prometheus for its dashboards, and how the report draws it.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queriesOf } from '../dashboards/board.ts';
import { boards } from '../dashboards/boards.ts';
import { checkout } from '../dashboards/checkout.ts';
import { verdict } from '../dashboards/verdict.ts';
import { acts } from './aftermath/acts.ts';
import { files, writeJson } from './evidence.ts';
import { healthyFacts, writeFacts } from './evidence.fixture.ts';
import type { ChartFacts, PanelFacts } from './facts.ts';
import { judgeEvidence } from './judge.ts';
import { lookAtDashboards } from './panels.ts';
import { placeDashboards } from './plant.ts';
import { escapeText } from './report/html.ts';
import { renderReport } from './report/page.ts';
import { dashboardCheck } from './run-checks.ts';
import { deadPanel } from './sabotage/dead-panel.ts';

const hostile = '<img src=x>';
const facts = healthyFacts();
const fromMs = facts.run.started_ms + 30_000;
const toMs = facts.run.ended_ms;
let dir: string;
let server: Server;
let prometheusUrl: string;
let most = 0;
let panels: PanelFacts[];
let charts: ChartFacts;
let html: string;
/** Metrics of which nothing moves, as where their event did not happen. */
let still = /never/;

/** Every label there is, so that no legend is empty; a name that wants to be markup; a gap in the middle. */
const labels = (n: number) =>
  Object.fromEntries(
    ['outcome', 'provider', 'dimension', 'status_class', 'to', 'result', 'queue', 'state', 'invariant']
      .concat('service', 'step', 'alertname', 'job', 'slo', 'class', 'priority', 'reason', 'operation')
      .concat(
        'effect',
        'decision',
        'source',
        'dependency',
        'column',
        'http_route',
        'le',
        'alertstate',
        'region',
        'method',
        'kind',
      )
      .map((label) => [label, n === 14 && label === 'outcome' ? hostile : `${label}${n}`]),
  );
const values = (n: number) =>
  Array.from({ length: 100 }, (_, at) => [
    fromMs / 1_000 + at * 3,
    `${n + Math.sin(at / 7) + 1.23456789}`,
  ]).filter((_, at) => at < 40 || at > 50);

beforeAll(async () => {
  let now = 0;
  server = createServer((request, response) => {
    now += 1;
    most = Math.max(most, now);
    let asked = '';
    request.on('data', (part: Buffer) => {
      asked += part.toString();
    });
    request.on('end', () => {
      const flat = still.test(asked);
      const drawn = (n: number) => values(n).map(([at, value]) => [at, flat ? '0' : value]);
      const series = Array.from({ length: 15 }, (_, n) =>
        request.url!.endsWith('query_range')
          ? { metric: labels(n), values: drawn(n) }
          : { metric: {}, value: [toMs / 1_000, '7'] },
      );
      response.end(JSON.stringify({ status: 'success', data: { result: series } }));
      now -= 1;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  prometheusUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dir = await mkdtemp(join(tmpdir(), 'headroom-looked-at-'));
  await writeFacts(dir, facts);
  await placeDashboards(dir, deadPanel);
  ({ panels, charts } = await lookAtDashboards({ dir, prometheusUrl, fromMs, toMs, acts }));
  await writeJson(dir, files.panels, panels);
  await writeFile(join(dir, files.charts), JSON.stringify(charts));
  html = renderReport(await judgeEvidence(dir));
});
afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true, force: true });
});

describe('the look at the dashboards', () => {
  test('asks every query of every dashboard, a few at once', () => {
    expect(panels).toHaveLength(boards.flatMap(queriesOf).length);
    expect(new Set(panels.map(({ dashboard }) => dashboard)).size).toBe(boards.length);
    expect(new Set(panels.map((one) => `${one.dashboard} ${one.panel_id}${one.ref_id}`)).size).toBe(
      panels.length,
    );
    expect(most).toBeLessThanOrEqual(4);
  });

  test('asks of the copies that ran: a label that a sabotage renamed is asked for', () => {
    expect(panels.filter(({ query }) => query.includes('former_outcome'))).toHaveLength(1);
  });

  test('keeps the lines of the two dashboards of the report, and no more than a page can hold', () => {
    expect(new Set(charts.queries.map(({ dashboard }) => dashboard))).toEqual(
      new Set(['verdict', 'checkout-overview']),
    );
    expect(charts.queries).toHaveLength(queriesOf(verdict).length + queriesOf(checkout).length);
    expect(charts.queries.every(({ series }) => series.length === 12)).toBe(true);
    expect(charts.queries[0]!.series[0]!.points[0]).toEqual([0, 15.23]);
  });
});

describe('a query that waits for an event', () => {
  const dead = async (metric: RegExp, played: typeof acts) => {
    still = metric;
    const look = { dir, prometheusUrl, fromMs, toMs, acts: played };
    const { panels: seen } = await lookAtDashboards(look).finally(() => {
      still = /never/;
    });
    return seen.filter(({ live, query }) => !live && metric.test(query));
  };

  test('is dead when the aftermath played it and nothing moved, and the act is named', async () => {
    const found = await dead(/kill_switch_active/, acts);
    expect(found.map(({ dashboard, panel, waiting }) => [dashboard, panel, waiting])).toEqual([
      ['verdict', 'Kill switches on', false],
      ['game-day', 'Kill switches on', false],
    ]);
    expect(dashboardCheck([...panels, ...found])).toMatchObject({ status: 'fail' });
    expect(dashboardCheck(found).detail).toContain(
      'waits for: a kill switch is turned on; the aftermath plays kill-switch, and nothing moved',
    );
  });

  test('tells why an act did not come off', async () => {
    still = /kill_switch_active/;
    const times = { wakes: [], started_ms: fromMs, ended_ms: toMs };
    const played = [{ act: 'kill-switch', came_off: false, detail: 'the desk was closed', ...times }];
    const { panels: seen } = await lookAtDashboards({ dir, prometheusUrl, fromMs, toMs, acts, played });
    still = /never/;
    expect(dashboardCheck(seen).detail).toContain('(kill-switch did not come off: the desk was closed)');
  });

  test('is dead, too, when it is one that every load brings', async () => {
    expect((await dead(/inventory_cart_holds/, acts))[0]!.detail).toContain('every drill has it');
  });

  test('waits where nothing was played, and where no drill can make it happen', async () => {
    expect((await dead(/kill_switch_active/, [])).map(({ waiting }) => waiting)).toEqual([true, true]);
    expect((await dead(/drift_repaired/, acts)).map(({ waiting }) => waiting)).toEqual([true]);
  });
});

describe('the dashboards in the report', () => {
  test('are drawn from the JSON that ran: every row and every panel with its title and meaning', () => {
    const wanted = [verdict, checkout].flatMap(({ rows }) =>
      rows.flatMap(({ title, panels: all }) => [
        `<h4>${title}</h4>`,
        ...all.map((panel) => `<figcaption>${escapeText(panel.title)}</figcaption>`),
      ]),
    );
    // A picture of its own for each kind of panel.
    const kinds = ['class="band ', '<p class="figure ', '<ul class="rows">', 'class="limit"'];
    const meaning = 'Do: follow runbook OutboxStalled.';
    expect([...wanted, ...kinds, meaning].filter((text) => !html.includes(text))).toEqual([]);
  });

  test('show what was broken, limits, gaps and names as text', () => {
    expect([html.includes(hostile), html.includes(escapeText(hostile))]).toEqual([false, true]);
    const [svg] = /<svg[^>]*aria-label="Submissions by what the shopper was told.*?<\/svg>/s.exec(html)!;
    expect(svg.match(/class="fault"/g)).toHaveLength(2);
    // Twelve lines, each in two pieces.
    expect(svg.match(/d="M/g)).toHaveLength(12);
    expect(svg.match(/M[\d.]+ [\d.]+L/g)).toHaveLength(24);
    expect(html.length).toBeLessThan(4_000_000);
  });
});

describe('the check of the dashboards', () => {
  const live: PanelFacts = { panel: 'a', query: 'q', live: true, detail: 'moved' };
  const waits: PanelFacts = { ...live, panel: 'b', live: false, waiting: true, detail: 'waits for: rain' };

  test('says how many wait for their event, and is not red for them', () => {
    expect(dashboardCheck([live, waits])).toMatchObject({
      status: 'pass',
      detail: '1 queries had live data, 1 wait for an event that this run did not have',
    });
  });

  test('is red for one that is dead beside them, and names its dashboard, number and title', () => {
    const dead = { ...live, live: false, detail: 'is empty', dashboard: 'payments' };
    const named = { ...dead, panel_id: 103, ref_id: 'B' };
    expect(dashboardCheck([live, waits, dead])).toMatchObject({ status: 'fail', observed: 1, required: 2 });
    expect(dashboardCheck([named]).detail).toBe('payments 103B “a” is empty');
    // As older evidence has it.
    expect(dashboardCheck([dead]).detail).toBe('payments “a” is empty');
  });

  test('nothing but panels that wait is no proof of anything', () => {
    expect(dashboardCheck([waits])).toMatchObject({ status: 'unknown' });
  });
});
