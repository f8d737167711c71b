// A real Prometheus and a real Alertmanager, started once: what runs is compared with the code, and the code's words are asked.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { alertmanager, startAlertmanager } from '../../stack/alertmanager.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { prometheus, startPrometheus } from '../../stack/prometheus.ts';
import { openRun, type Run } from '../../stack/run.ts';
import { receiversOf } from '../alertmanager.ts';
import { alertRules, ruleGroups } from '../rules.ts';
import { runbookQueries } from '../runbook-queries.ts';
import { applyAlerts } from './apply.ts';
import { alertDrift } from './drift.ts';
import { reload } from './servers.ts';
import { longestSilenceSeconds, refuseSilence, silence } from './silences.ts';

const rules = alertRules(ruleGroups());
let directory: string;
let run: Run;
let places: {
  readonly prometheus: { url: string; file: string };
  readonly alertmanager: { url: string; file: string; webhookUrl: string };
};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'headroom-live-'));
  const [prometheusPart, alertmanagerPart] = await Promise.all(
    [prometheus, alertmanager].map((part) => resolvePart(part, { progress: quiet })),
  );
  run = await openRun({ stateDirectory: directory, progress: quiet });
  const files = { rules: join(directory, 'rules.yml'), routing: join(directory, 'alertmanager.yml') };
  writeFileSync(files.rules, 'groups: []\n');
  writeFileSync(files.routing, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const [one, two] = await Promise.all([
    startPrometheus(run, prometheusPart!, {
      scrapeIntervalSeconds: 2,
      evaluationIntervalSeconds: 2,
      ruleFiles: [files.rules],
      targetsFile: join(directory, 'targets.json'),
    }),
    startAlertmanager(run, alertmanagerPart!, files.routing),
  ]);
  places = {
    prometheus: { url: one.url, file: files.rules },
    alertmanager: { url: two.url, file: files.routing, webhookUrl: 'http://127.0.0.1:9/alerts' },
  };
});
afterAll(async () => {
  await run?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const drift = async () => (await alertDrift(places.prometheus.url, places.alertmanager.url)).differences;

/** Somebody edits a file by hand and has it read. */
async function edit({ url, file }: { url: string; file: string }, edits: readonly (readonly string[])[]) {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from!, to!);
  }
  writeFileSync(file, text);
  expect(await reload(url)).toBeNull();
}

/** What stood there, what stands there now, and what is said of it. */
const inPrometheus = [
  ['> 0.05 * sum', '> 0.5 * sum', 'PaymentProviderTimeouts: expression is'],
  ['for: 300s', 'for: 30s', 'PaymentWebhooksSilent: for is 30 and should be 300'],
  ['severity: page', 'severity: ticket', 'PaymentProviderTimeouts: labels is'],
  ['runbooks/OutboxStalled.md', 'runbooks/Gone.md', 'OutboxStalled: annotations is'],
  ['interval: 15s', 'interval: 150s', 'group causes-slow is evaluated every 150 s instead of 15 s'],
  ['name: slo-absent', 'name: slo-present', 'group slo-absent is not evaluated'],
  ['name: slo-absent', 'name: slo-present', 'group slo-present is evaluated and not in the code'],
] as const;
const inAlertmanager = [
  ['group_wait: 5s', 'group_wait: 50s', 'route.routes[1] is'],
  ['burn_tier="page-fast"', 'burn_tier="page-faster"', 'inhibition is not in the code'],
  [
    'receiver: payments-on-call',
    'receiver: platform-on-call',
    'should be {"group_wait":1,"matchers":["severity=',
  ],
] as const;

describe('apply and drift', () => {
  test('nothing of ours runs before it is applied, everything as the code says after', async () => {
    const before = await drift();
    expect(before).toContain('group causes is not evaluated');
    expect(before.some((line) => line.startsWith('inhibition is missing'))).toBe(true);
    expect(await applyAlerts(places)).toMatchObject({ kind: 'applied' });
    expect(await drift()).toEqual([]);
  });

  test('whatever is changed by hand is found and named, and gone when the code is applied again', async () => {
    const once = (edits: readonly (readonly string[])[]) => [
      ...new Map(edits.map((one) => [one[0], one])).values(),
    ];
    await edit(places.prometheus, once(inPrometheus));
    await edit(places.alertmanager, once(inAlertmanager));
    const found = await drift();
    for (const [, , said] of [...inPrometheus, ...inAlertmanager]) expect(found.join('\n')).toContain(said);
    // Each edit is one difference, a renamed group and a changed matcher two.
    expect(found).toHaveLength(11);
    await applyAlerts(places);
    expect(await drift()).toEqual([]);
  });

  test('what a server refuses is put back, and its own words are told', async () => {
    const before = readFileSync(places.alertmanager.file, 'utf8');
    const applied = await applyAlerts({
      ...places,
      alertmanager: { ...places.alertmanager, webhookUrl: 'not a url' },
    });
    expect(applied).toMatchObject({ kind: 'refused', file: places.alertmanager.file });
    expect(readFileSync(places.alertmanager.file, 'utf8')).toBe(before);
    const gone = { ...places.prometheus, url: 'http://127.0.0.1:9' };
    await expect(applyAlerts({ prometheus: gone })).rejects.toThrow('does not answer');
    expect(await drift()).toEqual([]);
  });
});

interface LiveAlert {
  readonly labels: Record<string, string>;
  readonly receivers: readonly { name: string }[];
  readonly status: { readonly inhibitedBy: readonly string[]; readonly silencedBy: readonly string[] };
}
const alertsOf = async () =>
  (await (await fetch(`${places.alertmanager.url}/api/v2/alerts`)).json()) as LiveAlert[];

async function post(labels: readonly Record<string, string>[]) {
  const response = await fetch(`${places.alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(labels.map((each) => ({ labels: each }))),
  });
  expect(response.ok).toBe(true);
}

describe('the routing', () => {
  test('brings every alert there is to its team, and the p99 to whoever speaks to customers as well', async () => {
    await post(rules.map(({ alert, labels }) => ({ ...labels, alertname: alert })));
    const went = await vi.waitFor(async () => {
      const found = await alertsOf();
      expect(found).toHaveLength(rules.length);
      return found;
    });
    const wrong = went.filter(
      ({ labels, receivers }) =>
        receivers
          .map(({ name }) => name)
          .toSorted()
          .join() !== receiversOf(labels).toSorted().join(),
    );
    expect(wrong).toEqual([]);
    const of = (name: string) => went.filter(({ labels }) => labels.alertname === name);
    expect(of('CheckoutP99AboveTarget')[0]!.receivers).toHaveLength(2);
    expect(of('DoubleCharge')[0]!.receivers).toEqual([{ name: 'payments-on-call' }]);
  });

  test('a page silences the ticket about the same, and no ticket a page', async () => {
    const inhibited = await vi.waitFor(async () => {
      const found = (await alertsOf()).filter(({ status }) => status.inhibitedBy.length > 0);
      expect(found.length).toBeGreaterThan(0);
      return new Set(found.map(({ labels }) => `${labels.alertname} ${labels.severity}`));
    });
    for (const name of [
      'RedisAway',
      'QueueBacklog',
      'QueueSlow',
      'UnknownPaymentAgeing',
      'PaymentProviderErrors',
    ])
      expect([...inhibited]).toContain(`${name} ticket`);
    expect(
      [...inhibited].filter((name) => /^(RedisMemoryHigh|OutboxStalled|DoubleCharge|Watchdog) /.test(name)),
    ).toEqual([]);
  });

  test('a planned silence keeps its alerts from waking anybody; what must never be is never silenced', async () => {
    const planned = { alerts: ['PaymentProviderTimeouts'], forSeconds: 600, by: 'test', why: 'game day' };
    await silence(places.alertmanager.url, planned);
    await vi.waitFor(async () => {
      const silenced = (await alertsOf()).filter(({ status }) => status.silencedBy.length > 0);
      expect(silenced.map(({ labels }) => labels.alertname)).toEqual(['PaymentProviderTimeouts']);
    });
    expect(refuseSilence(planned)).toEqual([]);
    expect(refuseSilence({ ...planned, alerts: ['DoubleCharge', 'Watchdog', 'Teleport'] })).toHaveLength(3);
    expect(refuseSilence({ ...planned, alerts: [], forSeconds: longestSilenceSeconds + 1 })).toHaveLength(2);
  });
});

describe('the queries of the runbooks', () => {
  test('are answered by Prometheus, each of them', async () => {
    const ask = async (query: string) => {
      const response = await fetch(`${places.prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`);
      return ((await response.json()) as { status: string }).status;
    };
    const queries = runbookQueries();
    expect(queries.length).toBeGreaterThan(80);
    const refused: string[] = [];
    for (const query of queries) if ((await ask(query)) !== 'success') refused.push(query);
    expect(refused).toEqual([]);
    expect(await ask('sum(rate(queue_jobs[1m])')).toBe('error');
  });
});
