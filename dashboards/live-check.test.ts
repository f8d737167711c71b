// The real dashboards against a real Prometheus with the real rules, scraping real instruments.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboardUids } from '../alerts/links.ts';
import { renderRules } from '../alerts/render.ts';
import { ruleGroups } from '../alerts/rules.ts';
import { emittedBy } from '../core/telemetry/emitted.ts';
import type { Service } from '../core/telemetry/metrics/metric.ts';
import { createInstruments, type Instruments } from '../core/telemetry/instruments.ts';
import { checkoutSubmissions } from '../core/telemetry/metrics/checkout.ts';
import { checkoutDegraded } from '../core/telemetry/metrics/limits.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { paymentTimeouts } from '../core/telemetry/metrics/payment.ts';
import { selector } from '../core/telemetry/promql.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { prometheus, startPrometheus } from '../stack/prometheus.ts';
import { writeTargets } from '../stack/prometheus-config.ts';
import { openRun, type Run } from '../stack/run.ts';
import { until } from '../stack/until.ts';
import { type Board, queriesOf } from './board.ts';
import { boards } from './boards.ts';
import { checkout } from './checkout.ts';
import { gameDay } from './game-day.ts';
import { generate } from './generate.ts';
import { isDefect, type LiveCheckOptions, liveCheck, type PanelResult } from './live-check.ts';
import { queryAt } from './prometheus-api.ts';

const generated = generate();
const fileOf = ({ name }: Board) => `${dashboardUids[name]}.json`;
const json = generated.get(fileOf(checkout))!;
const services: readonly Service[] = ['checkout', 'orders', 'workers'];
const placedCounter = selector(checkoutSubmissions, { outcome: 'placed' });
const placedInOne = selector(checkoutSubmissions, { outcome: 'placed', region: 'GB' });
const servers: Server[] = [];
let state: string;
let run: Run;
let url: string;
let fromMs: number;
let toMs: number;
let traffic: NodeJS.Timeout;
let placed = 0;
/** Of every dashboard, once. */
let all: readonly PanelResult[];

/** What this shop never has, though somebody says that a run makes it happen; and what only an event brings. */
const never: readonly string[] = [paymentTimeouts.name, checkoutDegraded.name];

/** Something happens to every label combination of every other metric. */
function shop(instruments: Instruments, tick: number): void {
  for (const metric of emittedBy[instruments.service] as readonly Metric[]) {
    if (never.includes(metric.name)) continue;
    const names = Object.keys(metric.labels);
    const rows = names.reduce<Record<string, string>[]>(
      (found, name) =>
        found.flatMap((row) => metric.labels[name]!.map((value) => ({ ...row, [name]: value }))),
      [{}],
    );
    for (const [at, labels] of rows.entries()) {
      // Each in its own beat, or a share of two of them would never move.
      const by = 1 + ((tick * (1 + at)) % 3);
      if (metric.name === checkoutSubmissions.name && labels.outcome === 'placed') placed += by;
      if (metric.type === 'counter') instruments.count(metric, labels, by);
      else if (metric.type === 'gauge') instruments.set(metric, labels, tick % 5);
      else instruments.observe(metric, labels, 0.01 * (1 + (tick % 9)));
    }
  }
}

async function expose(instruments: Instruments): Promise<string> {
  const server = createServer((_, response) => {
    void instruments.expose().then(({ contentType, body }) => {
      response.writeHead(200, { 'content-type': contentType }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'headroom-panels-'));
  run = await openRun({ stateDirectory: state, progress: quiet });
  const part = await resolvePart(prometheus, { progress: quiet });
  const instruments = services.map((service) => createInstruments(service));
  const addresses = await Promise.all(instruments.map(expose));
  const rulesFile = join(state, 'rules.yml');
  // The real rules, only more often: the slow groups would take a minute to speak.
  await writeFile(rulesFile, renderRules(ruleGroups().map((group) => ({ ...group, intervalSeconds: 1 }))));
  const targetsFile = join(run.directory, 'targets.json');
  writeTargets(
    targetsFile,
    services.map((job, index) => ({ job, instance: `${job}-1`, address: addresses[index]! })),
  );
  fromMs = Date.now();
  const server = await startPrometheus(run, part, {
    scrapeIntervalSeconds: 1,
    evaluationIntervalSeconds: 1,
    ruleFiles: [rulesFile],
    targetsFile,
  });
  url = server.url;
  // The zeros of the boot first: a counter whose first sample is 5 hides five events.
  await until('the first scrape', () => scrapedAtMs(`timestamp(${placedInOne} == 0)`), {
    withinMs: 30_000,
  });
  let tick = 0;
  traffic = setInterval(() => {
    tick += 1;
    for (const one of instruments) shop(one, tick);
  }, 250);
  let waiting: readonly Board[] = boards;
  await until(
    'every query to have drawn something',
    async () => {
      toMs = Date.now();
      const found = await Promise.all(waiting.map((board) => check({ board })));
      waiting = waiting.filter((_, at) => defects(found[at]!).length > 0);
      return waiting.length === 0 ? true : null;
    },
    { withinMs: 90_000, everyMs: 2_000 },
  );
  clearInterval(traffic);
  toMs = await until(
    'the last order to be scraped',
    async () => scrapedAtMs(`timestamp(${placedInOne}) and on () (sum(${placedCounter}) == ${placed})`),
    {
      withinMs: 10_000,
    },
  );
  all = (await Promise.all(boards.map((board) => check({ board })))).flat();
});

/** When the series was last scraped: a range that ends there has nothing to extrapolate. */
async function scrapedAtMs(query: string): Promise<number | null> {
  const answer = await queryAt(url, query, Date.now());
  if (answer.kind === 'refused') throw new Error(answer.message);
  const seconds = answer.series[0]?.points[0]?.[1];
  return seconds === undefined ? null : seconds * 1_000;
}

afterAll(async () => {
  clearInterval(traffic);
  await run?.stop();
  for (const server of servers) server.close();
  await rm(state, { recursive: true, force: true });
});

const neverDrawn = paymentTimeouts.name;

type Options = Partial<LiveCheckOptions> & { readonly text?: string; readonly board?: Board };

function check(options: Options): Promise<PanelResult[]> {
  const { board = checkout, text = generated.get(fileOf(board))!, ...rest } = options;
  const variables = { __rate_interval: '4s' };
  const expected = queriesOf(board);
  return liveCheck({
    prometheusUrl: url,
    expected,
    dashboard: JSON.parse(text),
    ...{ fromMs, toMs, variables },
    ...rest,
  });
}

/** Results that are not live; the timeouts, which this shop never has, are apart. */
const defects = (results: readonly PanelResult[]) =>
  results
    .filter((one) => isDefect(one) && !one.expr.includes(neverDrawn))
    .map((one) => [one.panelId, one.state]);

describe('the live check', () => {
  test('finds every query of every dashboard live, and names those that nothing moved', () => {
    expect(all).toHaveLength(boards.flatMap(queriesOf).length);
    expect(defects(all)).toEqual([]);
    const still = all.filter(({ state }) => state === 'still');
    expect(still.map(({ title }) => title)).toEqual(['Timeouts', 'Timeouts by operation', 'Timeouts']);
  });

  test('a panel that waits for its event is idle until then, and says for what', () => {
    const idle = all.filter(({ state }) => state === 'idle');
    const details = new Map(idle.map(({ title, detail }) => [title, detail]));
    expect([...details.keys()].sort()).toEqual([
      'Answers given without their provider',
      'Orders per minute, against last week',
      'Questions that got no answer',
    ]);
    expect(details.get('Answers given without their provider')).toBe(
      'waits for: tax, rates or fraud is away',
    );
  });

  test('but one whose metric nobody emits is no panel that waits', async () => {
    const board = gameDay;
    const text = generated.get(fileOf(board))!.replace('kill_switch_active)"', 'kill_switch_actve)"');
    expect(defects(await check({ board, text }))).toEqual([[451, 'not-live']]);
  });

  test('a label renamed in a matcher leaves its panel empty', async () => {
    const text = json.replace(
      'checkout_submissions_total{outcome=\\"placed\\"',
      'checkout_submissions_total{result=\\"placed\\"',
    );
    expect(defects(await check({ text }))).toEqual([[101, 'empty']]);
  });

  test('a label renamed in a grouping still draws a line, and is named', async () => {
    const text = json.replace(
      'max by (provider) (payment_breaker_open)',
      'max by (psp) (payment_breaker_open)',
    );
    expect(defects(await check({ text }))).toEqual([[603, 'label-missing']]);
  });

  test('a query that Prometheus cannot parse is named, and so is one that was removed', async () => {
    const broken = json.replace('max(outbox_pending_events)', 'max(outbox_pending_events');
    expect(defects(await check({ text: broken }))).toEqual([[901, 'refused']]);
    const removed = JSON.parse(json) as { panels: { id: number }[] };
    removed.panels = removed.panels.filter((panel) => panel.id !== 902);
    expect(defects(await check({ text: JSON.stringify(removed) }))).toEqual([[902, 'absent']]);
  });

  test('samples from before the run are not data', async () => {
    const results = await check({ fromMs: toMs + 60_000, toMs: toMs + 70_000 });
    expect(results.filter((one) => one.state === 'live')).toEqual([]);
  });

  test('a figure must agree with the ledger', async () => {
    const right = await check({ ledger: { 'orders-placed': placed } });
    expect(right.find((one) => one.panelId === 101)).toMatchObject({ state: 'live' });
    expect(defects(await check({ ledger: { 'orders-placed': placed * 2 } }))).toEqual([[101, 'off-ledger']]);
  });
});
