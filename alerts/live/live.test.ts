// A real Prometheus and a real Alertmanager, started once: what runs is compared with the code, and the code's words are asked.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { alertmanager, startAlertmanager } from '../../stack/alertmanager.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { prometheus, startPrometheus } from '../../stack/prometheus.ts';
import { parse } from 'yaml';
import { openRun, type Run } from '../../stack/run.ts';
import { receiversOf } from '../alertmanager.ts';
import { everybodyAt, type Receivers } from '../receivers.ts';
import { renderAlertmanager } from '../render.ts';
import { alertRules, ruleGroups } from '../rules.ts';
import { queriesIn, readRunbook, runbookQueries } from '../runbook-queries.ts';
import { applyAlerts } from './apply.ts';
import { alertDrift, driftText } from './drift.ts';
import { receiverDrift } from './receiver-drift.ts';
import { reload } from './servers.ts';
import { longestSilenceSeconds, refuseSilence, silence } from './silences.ts';

const rules = alertRules(ruleGroups());
let directory: string;
let run: Run;
let places: {
  readonly prometheus: { url: string; file: string };
  readonly alertmanager: { url: string; file: string; receivers: Receivers };
};
let onCall: Server;

beforeAll(async () => {
  onCall = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  directory = mkdtempSync(join(tmpdir(), 'headroom-live-'));
  const [prometheusPart, alertmanagerPart] = await Promise.all(
    [prometheus, alertmanager].map((part) => resolvePart(part, { progress: quiet })),
  );
  run = await openRun({ stateDirectory: directory, progress: quiet });
  const files = { rules: join(directory, 'rules.yml'), routing: join(directory, 'alertmanager.yml') };
  writeFileSync(files.rules, 'groups: []\n');
  writeFileSync(files.routing, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const two = await startAlertmanager(run, alertmanagerPart!, files.routing);
  const one = await startPrometheus(run, prometheusPart!, {
    scrapeIntervalSeconds: 2,
    evaluationIntervalSeconds: 2,
    ruleFiles: [files.rules],
    targetsFile: join(directory, 'targets.json'),
    alertmanager: new URL(two.url).host,
  });
  const { port } = onCall.address() as AddressInfo;
  places = {
    prometheus: { url: one.url, file: files.rules },
    alertmanager: {
      url: two.url,
      file: files.routing,
      receivers: everybodyAt(`http://127.0.0.1:${port}/alerts`),
    },
  };
});
afterAll(async () => {
  await run?.stop();
  onCall.close();
  rmSync(directory, { recursive: true, force: true });
});

const seen = (receivers: Receivers | undefined = places.alertmanager.receivers) =>
  alertDrift({
    prometheusUrl: places.prometheus.url,
    alertmanagerUrl: places.alertmanager.url,
    receivers,
    rulesFile: places.prometheus.file,
    connectsWithinMs: 0,
  });
/** Each reload makes Prometheus look for its Alertmanager again, which one test waits for. */
const drift = async () =>
  (await seen()).differences.filter((line) => !line.startsWith('Prometheus reaches none of its'));

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
  [' for: 300s', ' for: 30s', 'PaymentWebhooksSilent: for is 30 and should be 300'],
  ['severity: page', 'severity: ticket', 'PaymentProviderTimeouts: labels is'],
  ['runbooks/OutboxStalled.md', 'runbooks/Gone.md', 'OutboxStalled: annotations is'],
  ['interval: 15s', 'interval: 150s', 'group causes-slow is evaluated every 150 s instead of 15 s'],
  ['name: slo-absent', 'name: slo-present', 'group slo-absent is not evaluated'],
  ['name: slo-absent', 'name: slo-present', 'group slo-present is evaluated and not in the code'],
  ['- name: causes\n', '- name: causes\n    limit: 1\n', 'group causes may give 1 alerts at most'],
  ['for: 4s', 'for: 4s\n        keep_firing_for: 6h', 'keep_firing_for is 21600 and should be 0'],
] as const;
const inAlertmanager = [
  ['group_wait: 5s', 'group_wait: 50s', 'route.routes[1] is'],
  ['burn_tier="page-fast"', 'burn_tier="page-faster"', 'inhibition is not in the code'],
  [
    'receiver: payments-on-call',
    'receiver: platform-on-call',
    'should be {"group_wait":1,"matchers":["severity=',
  ],
  ['resolve_timeout: 5m', 'resolve_timeout: 5h', 'global resolve_timeout is 18000 and should be 300'],
  ['repeat_interval: 24h', 'repeat_interval: 400h', '"repeat_interval":1440000'],
  ['send_resolved: true', 'send_resolved: false', 'dead-mans-switch: webhook_configs send_resolved is false'],
] as const;

describe('apply and drift', { timeout: 90_000 }, () => {
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
    // Each edit is one difference; a renamed group, a changed matcher and what a file says beside its server two.
    expect(found).toHaveLength(18);
    await applyAlerts(places);
    expect(await drift()).toEqual([]);
  });

  test('what a server refuses is put back, and its own words are told', async () => {
    const before = readFileSync(places.alertmanager.file, 'utf8');
    const applied = await applyAlerts({
      ...places,
      alertmanager: { ...places.alertmanager, receivers: everybodyAt('not a url') },
    });
    expect(applied).toMatchObject({ kind: 'refused', file: places.alertmanager.file });
    expect(readFileSync(places.alertmanager.file, 'utf8')).toBe(before);
    const gone = { ...places.prometheus, url: 'http://127.0.0.1:9' };
    await expect(applyAlerts({ prometheus: gone })).rejects.toThrow('does not answer');
    expect(await drift()).toEqual([]);
  });
});

describe('what a server hides, drops or was never told', { timeout: 90_000 }, () => {
  test('a second file with the same groups, a late evaluation, a relabelling, no Alertmanager: each is said', async () => {
    const configFile = join(run.directory, 'prometheus.yml');
    const before = readFileSync(configFile, 'utf8');
    const doubled = join(directory, 'doubled.yml');
    const said = async (config: string) => {
      writeFileSync(configFile, config);
      expect(await reload(places.prometheus.url)).toBeNull();
      return (await drift()).join('\n');
    };
    writeFileSync(doubled, readFileSync(places.prometheus.file, 'utf8'));
    const sabotaged = before
      .replace('rule_files:\n', `rule_files:\n  - ${doubled}\n`)
      .replace('scrape_interval: 2s', 'scrape_interval: 30s')
      .replace(
        'alerting:\n',
        'alerting:\n  alert_relabel_configs: [{ action: drop, source_labels: [severity], regex: page }]\n',
      );
    const found = await said(sabotaged);
    for (const one of [
      'group slo-absent is evaluated 2 times, from',
      'alerts are relabelled before they are sent',
      'job headroom is scraped every 30 s',
    ])
      expect(found).toContain(one);
    const alone = before.replace(/alerting:\n(?: .*\n)+/, '');
    expect(await said(alone)).toContain('Prometheus knows no Alertmanager');
    writeFileSync(configFile, `${before}nonsense: true\n`);
    expect(await reload(places.prometheus.url)).not.toBeNull();
    expect((await drift()).join()).toContain('Prometheus refused what it was last told to read');
    expect(await said(before)).toBe('');
  });

  test('what Prometheus tells nobody is read in its file, or said not to have been looked at', async () => {
    const file = places.prometheus.file;
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('- name: causes\n', '- name: causes\n    query_offset: 1h\n'));
    expect((await drift()).join()).toContain('"query_offset":"1h"');
    // Waits until Prometheus has found its Alertmanager again.
    const blind = await alertDrift({ prometheusUrl: places.prometheus.url });
    expect(blind.differences).toEqual([]);
    expect(blind.not_seen.join()).toMatch(/query_offset.*--alertmanager/);
    expect(driftText(blind)).toContain('Not looked at:');
    writeFileSync(file, before);
  });

  test('a receiver that leads elsewhere, a placeholder, a proxy, a second way to tell', async () => {
    const { file } = places.alertmanager;
    const before = readFileSync(file, 'utf8');
    const [url] = /http:\S+/.exec(before) as unknown as [string];
    await edit(places.alertmanager, [
      [url, 'http://attacker.example/alerts'],
      ['max_alerts: 0', 'max_alerts: 1'],
      ['send_resolved: true', 'send_resolved: true\n        http_config: { proxy_url: "http://p.example" }'],
      [
        'resolve_timeout: 5m',
        'resolve_timeout: 5m\n  smtp_smarthost: "m.example:25"\n  smtp_from: a@m.example',
      ],
      ['- name: communication\n', '- name: communication\n    email_configs: [{ to: b@m.example }]\n'],
    ]);
    const found = await drift();
    expect(found).toHaveLength(4);
    for (const said of [
      'dead-mans-switch leads to attacker.example',
      'max_alerts is 1 and should be 0',
      '"proxy_url":"http://p.example"',
      'communication: email_configs has 1 entries and should have 0',
    ])
      expect(found.join('\n')).toContain(said);
    writeFileSync(file, renderAlertmanager());
    expect(await reload(places.alertmanager.url)).toBeNull();
    expect((await drift()).join('\n')).toContain('is a placeholder: whoever is told there is told nothing');
    writeFileSync(file, before);
    expect(await reload(places.alertmanager.url)).toBeNull();
    expect(await drift()).toEqual([]);
    const unasked = await alertDrift({
      prometheusUrl: places.prometheus.url,
      alertmanagerUrl: places.alertmanager.url,
    });
    expect(unasked.not_seen.join()).toContain('where the receivers lead');
  });

  test('an Alertmanager that hides addresses is known by the hash of its file', async () => {
    const to = places.alertmanager.receivers;
    const metrics = await (await fetch(`${places.alertmanager.url}/metrics`)).text();
    const live = parse(renderAlertmanager(to).replaceAll(/url: .*/g, 'url: <secret>'));
    expect(receiverDrift(live, metrics, to)).toEqual({ differences: [], not_seen: [] });
    expect(receiverDrift(live, metrics, everybodyAt('http://other.example')).differences).toMatchObject([
      expect.stringContaining('it hides where dead-mans-switch'),
    ]);
    const hashless = metrics.replace(/^alertmanager_config_hash .*$/m, '');
    expect(receiverDrift(live, hashless, to).not_seen.join()).toContain('gives no hash');
    const unheard = hashless.replaceAll(
      /^(alertmanager_notifications_\w+\{integration="webhook"\}) .*$/gm,
      '$1 3',
    );
    expect(receiverDrift(live, unheard, to).differences.join()).toContain('none has arrived');
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
    for (const name of ['QueueBacklog', 'QueueSlow', 'UnknownPaymentAgeing', 'PaymentProviderErrors'])
      expect([...inhibited]).toContain(`${name} ticket`);
    expect(
      [...inhibited].filter((name) => /^(RedisMemoryHigh|OutboxStalled|DoubleCharge|Watchdog) /.test(name)),
    ).toEqual([]);
  });

  test('a planned silence keeps its alerts from waking anybody; what must never be is never silenced', async () => {
    const alert = 'PaymentProviderTimeouts';
    const of = (provider: string) => ({
      ...{ alertname: alert, severity: 'page', team: 'payments' },
      provider,
    });
    await post([of('psp-primary'), of('psp-backup')]);
    const planned = {
      alerts: [{ name: alert, labels: { provider: 'psp-primary' } }],
      ...{ forSeconds: 600, by: 'test', why: 'game day' },
    };
    await silence(places.alertmanager.url, planned);
    // A real outage of the other provider still wakes somebody.
    await vi.waitFor(async () => {
      const silenced = (await alertsOf()).filter(({ status }) => status.silencedBy.length > 0);
      expect(silenced.map(({ labels }) => labels)).toEqual([of('psp-primary')]);
    });
    expect(await drift()).toEqual([]);
    const by = (name: string) => ({ alerts: [{ name }], forSeconds: 600, by: 'test', why: 'too much' });
    const [id] = (await silence(places.alertmanager.url, by('.+'))).ids;
    expect((await drift()).join()).toMatch(/silence of test \(too much\).* covers .*Watchdog/);
    await fetch(`${places.alertmanager.url}/api/v2/silence/${id}`, { method: 'DELETE' });
    await silence(places.alertmanager.url, { ...by('QueuePaused'), forSeconds: 2 * longestSilenceSeconds });
    expect((await drift()).join()).toContain('lasts 8 h, 4 h are the most');
    expect(refuseSilence(planned)).toEqual([]);
    const alerts = ['DoubleCharge', 'Watchdog', 'Teleport'].map((name) => ({ name }));
    expect(refuseSilence({ ...planned, alerts })).toHaveLength(3);
    expect(refuseSilence({ ...planned, alerts: [], forSeconds: longestSilenceSeconds + 1 })).toHaveLength(2);
    const budgets = ['ErrorBudgetExhausted', 'SliMetricAbsent'].map((name) => ({ name }));
    expect(refuseSilence({ ...planned, alerts: budgets })).toEqual([]);
    expect(refuseSilence({ ...planned, why: ' ' })).toEqual([expect.stringContaining('--why')]);
    const [nowhere] = places.alertmanager.url.split(/:\d+$/);
    await expect(silence(`${nowhere}:9`, planned)).rejects.toThrow('does not answer');
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

  test('about the path of an alert have an answer that is not empty: that path is scraped too', async () => {
    const queries = queriesIn(readRunbook('Watchdog'));
    expect(queries).toHaveLength(3);
    const resultOf = async (query: string) => {
      const asked = `${places.prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`;
      return ((await (await fetch(asked)).json()) as { data: { result: unknown[] } }).data.result;
    };
    for (const query of queries)
      await vi.waitFor(async () => expect(await resultOf(query), query).not.toEqual([]), { timeout: 20_000 });
    expect(await resultOf('sum(alertmanager_notifications_lost_total)')).toEqual([]);
  });
});
