import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderRules } from '../alerts/render.ts';
import { ruleGroups } from '../alerts/rules.ts';
import { journeys } from '../alerts/journeys.ts';
import { slos } from '../alerts/slos.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { prometheus, prometheusDataDirectory, startPrometheus } from '../stack/prometheus.ts';
import { writeTargets } from '../stack/prometheus-config.ts';
import { openRun, type Run } from '../stack/run.ts';
import type { Running } from '../stack/running.ts';
import { until } from '../stack/until.ts';
import { assertHistory, backfillHistory, type HistorySummary } from './history.ts';

const part = await resolvePart(prometheus, { progress: quiet });
let state: string;
let run: Run;
const spawned: number[] = [];
let summary: HistorySummary;
let server: Running;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'headroom-history-'));
  run = await openRun({ stateDirectory: state, progress: quiet });
  summary = await backfillHistory({
    promtool: part.binaries.promtool!,
    onSpawn: (pid) => void spawned.push(pid),
    environment: part.environment,
    dataDir: prometheusDataDirectory(run),
    workDir: join(run.directory, 'history'),
    endMs: Date.now() - 2_000,
    ordersPerSecond: 6,
  });
  const targetsFile = join(run.directory, 'targets.json');
  writeTargets(targetsFile, []);
  // The real rules, evaluated every second: the budget's own group waits a minute for its first figure.
  const rulesFile = join(run.directory, 'rules.yml');
  await writeFile(rulesFile, renderRules(ruleGroups().map((group) => ({ ...group, intervalSeconds: 1 }))));
  server = await startPrometheus(run, part, {
    scrapeIntervalSeconds: 2,
    evaluationIntervalSeconds: 2,
    ruleFiles: [rulesFile],
    targetsFile,
  });
});
afterAll(async () => {
  await run?.stop();
  await rm(state, { recursive: true, force: true });
});

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}
async function ask(query: string): Promise<Sample[]> {
  const response = await fetch(`${server.url}/api/v1/query?${new URLSearchParams({ query })}`);
  return ((await response.json()) as { data: { result: Sample[] } }).data.result;
}

describe('the synthetic history', () => {
  test('says that it is synthetic, and its writer was on record while it ran', () => {
    expect(summary.synthetic).toBe(true);
    expect(spawned).toEqual([expect.any(Number)]);
  });

  test('is what Prometheus finds over 30 days, within one percent', async () => {
    const check = await assertHistory({ prometheusUrl: server.url, summary });
    expect(check).toMatchObject({ kind: 'matches', series: summary.series.length });
  });

  test('a history that is two percent short, or lacks a series, is named', async () => {
    const [first, second, ...rest] = summary.series;
    const doctored = {
      ...summary,
      series: [
        { ...first!, expectedIncrease: first!.expectedIncrease * 1.02 },
        { ...second!, series: second!.series.replace('checkout-1', 'checkout-9') },
        ...rest,
      ],
    };
    const check = await assertHistory({ prometheusUrl: server.url, summary: doctored });
    expect(check).toMatchObject({ kind: 'differs', wrong: [{ series: first!.series }, { found: null }] });
  });

  test('feeds every objective and leaves its budget as healthy as it was generated', async () => {
    const budgets = await until(
      'a budget for every objective',
      async () => {
        const found = await ask('slo:error_budget_remaining:ratio30d');
        return found.length === slos.length + journeys.length ? found : null;
      },
      { withinMs: 90_000, everyMs: 500 },
    );
    const left = Object.fromEntries(
      budgets.map((one) => [one.metric.slo, Math.round(Number(one.value[1]) * 100) / 100]),
    );
    // A journey spends what its steps do: a fiftieth of 3.6 %, of the 2 % it has.
    expect(left).toEqual({
      ...Object.fromEntries(slos.map(({ id }) => [id, 0.98])),
      'checkout-journey': 0.96,
    });
    // The history knows approvals and no webhooks, so that one waits here for the first webhook of the drill.
    expect(await ask('ALERTS{alertname!~"Watchdog|PaymentWebhooksSilent"}')).toEqual([]);
  }, 100_000);
});
