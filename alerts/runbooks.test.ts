import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prometheus } from '../stack/prometheus.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { runbookDirectory, runbookNames } from './generate.ts';
import { defaultLinkBases } from './links.ts';
import { checkRules } from './prometheus-tools.ts';
import { alertRules, ruleGroups } from './rules.ts';
import { readRunbook, runbookQueries } from './runbook-queries.ts';

const headings = [
  'Meaning',
  'Impact',
  'What customers still can do',
  'Diagnose',
  'Mitigate',
  'Escalate',
  'Detection time',
];
const rules = alertRules(ruleGroups());
const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
const names = [...runbookNames()];

describe('runbooks', () => {
  test('every alert has one and no runbook is without its alert', () => {
    expect(names.toSorted()).toEqual([...new Set(rules.map((rule) => rule.alert))].toSorted());
  });

  test.each(names)('%s has every section, in order, none empty', (name) => {
    const sections = readRunbook(name).split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(headings);
    for (const section of sections) expect(section.split('\n').slice(1).join('').trim()).not.toBe('');
  });

  test('every link leads to a file, from alerts to runbooks and from runbooks onwards', () => {
    const fromAlerts = rules.map((rule) => rule.annotations.runbook_url);
    expect(fromAlerts.every((url) => url.startsWith(defaultLinkBases.runbooks))).toBe(true);
    const targets = names.flatMap((name) =>
      [...readRunbook(name).matchAll(/\]\(([^)]+)\)/g)].map((match) => join(runbookDirectory, match[1]!)),
    );
    const root = join(runbookDirectory, '..', '..');
    // That the heading behind a # is there, generation itself refuses to go without.
    const all = [...fromAlerts.map((url) => join(root, url)), ...targets].map((url) => url.split('#')[0]!);
    expect(all.filter((target) => !existsSync(target))).toEqual([]);
  });

  test('every alert opens a dashboard that is there, on a variable that it has', () => {
    const folder = join(runbookDirectory, '..', '..', 'dashboards', 'generated');
    const variablesOf = (uid: string) => {
      const { templating } = JSON.parse(readFileSync(join(folder, `${uid}.json`), 'utf8')) as {
        templating: { list: { name: string }[] };
      };
      return templating.list.map(({ name }) => name);
    };
    const dead = rules.flatMap(({ alert, annotations: { dashboard_url } }) => {
      const [, uid = '', query = ''] = /\/d\/([a-z-]+)(?:\?(.*))?$/.exec(dashboard_url) ?? [];
      if (!existsSync(join(folder, `${uid}.json`))) return [`${alert}: ${dashboard_url}`];
      const asked = [...query.matchAll(/(?:^|&)var-(\w+)=/g)].map((match) => match[1]!);
      return asked
        .filter((name) => !variablesOf(uid).includes(name))
        .map((name) => `${alert}: no ${name} in ${uid}`);
    });
    expect(dead).toEqual([]);
    expect(rules.some(({ annotations }) => annotations.dashboard_url.includes('?var-provider='))).toBe(true);
    expect(variablesOf('payments')).not.toContain('teleport');
  });

  test('every runbook leads back to the dashboard its alert opens', () => {
    const lost = rules.filter(({ alert, annotations }) => {
      const uid = /\/d\/([a-z-]+)/.exec(annotations.dashboard_url)?.[1];
      return !readRunbook(alert).includes(`](../../dashboards/generated/${uid}.json)`);
    });
    expect(lost.map(({ alert }) => alert)).toEqual([]);
  });

  test.each(['customer-communication.md', 'incident-review.md'])(
    'every link of the template %s leads to a file',
    (file) => {
      const docs = join(runbookDirectory, '..', '..', 'docs');
      const links = [...readFileSync(join(docs, file), 'utf8').matchAll(/\]\(([^)#\s]+)\)/g)].map(
        (match) => match[1]!,
      );
      expect(links.length).toBeGreaterThan(0);
      expect(links.filter((link) => !existsSync(join(docs, link)))).toEqual([]);
    },
  );

  test('every query in a runbook is one that Prometheus understands', async () => {
    const queries = runbookQueries();
    expect(queries.length).toBeGreaterThan(30);
    const asRules = (exprs: readonly string[]) =>
      JSON.stringify({
        groups: [
          {
            name: 'runbooks',
            rules: exprs.map((expr, index) => ({ record: `runbook:query:${index}`, expr })),
          },
        ],
      });
    const answer = await checkRules(promtool, asRules(queries));
    expect(answer).toMatchObject({ kind: 'ok' });
    const broken = await checkRules(promtool, asRules([...queries, 'sum(rate(queue_jobs[1m])']));
    expect(broken.kind).toBe('refused');
  });
});
