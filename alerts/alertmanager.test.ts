import { describe, expect, test } from 'vitest';
import { alertmanager } from '../stack/alertmanager.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { alertmanagerConfig, inhibitionsOf, receiversOf } from './alertmanager.ts';
import { burnTiers } from './burn-rate.ts';
import { checkRouting, routeOf } from './prometheus-tools.ts';
import { renderAlertmanager } from './render.ts';
import { alertRules, ruleGroups } from './rules.ts';

const amtool = (await resolvePart(alertmanager, { progress: quiet })).binaries.amtool!;
const rules = alertRules(ruleGroups());
const config = renderAlertmanager('http://127.0.0.1:9/alerts');

describe('alertmanager', () => {
  test('accepts the routing, and refuses one whose receiver is gone', async () => {
    expect((await checkRouting(amtool, config)).kind).toBe('ok');
    const orphaned = config.replace('- name: orders-tickets', '- name: orders-tickers');
    expect((await checkRouting(amtool, orphaned)).kind).toBe('refused');
  });

  // Every alert at once is asked of a running Alertmanager in live/live.test.ts; amtool is started once a question.
  test('amtool sends one alert of each kind where its team and severity say', async () => {
    const kinds = new Map(
      rules.map((rule) => [[rule.labels.team, rule.labels.severity, rule.labels.communication].join(), rule]),
    );
    expect(kinds.size).toBeGreaterThan(8);
    const answers = [...kinds.values()].map(async ({ alert, labels }) => {
      const asked = { alertname: alert, ...labels };
      expect([alert, await routeOf(amtool, config, asked)]).toEqual([alert, receiversOf(asked).join()]);
    });
    await Promise.all(answers);
    const stray = { alertname: 'Stray', severity: 'page' };
    expect(await routeOf(amtool, config, stray)).toBe('platform-on-call');
  });

  test('a faster tier silences every slower one of its own objective and no other', () => {
    const { inhibit_rules } = alertmanagerConfig();
    expect(inhibit_rules.filter(({ equal }) => equal?.includes('slo'))).toHaveLength(burnTiers.length);
    expect(inhibit_rules[0]).toEqual({
      source_matchers: ['burn_tier="page-fast"'],
      target_matchers: ['burn_tier=~"page-slow|ticket-fast|ticket-slow"'],
      equal: ['slo'],
    });
  });

  test('a page of an objective silences that its budget is gone, and a step that pages silences its journey', () => {
    const { inhibit_rules } = alertmanagerConfig();
    const [budget, journey] = inhibit_rules.slice(burnTiers.length - 1);
    expect(budget).toEqual({
      source_matchers: ['burn_tier=~"page-fast|page-slow"'],
      target_matchers: ['alertname="ErrorBudgetExhausted"'],
      equal: ['slo'],
    });
    expect(journey?.target_matchers).toEqual(['slo="checkout-journey"']);
    // Not the other way round, and not by a ticket: a journey that burns says less than its step.
    expect(journey?.source_matchers).toEqual([
      'burn_tier=~"page-fast|page-slow"',
      'slo=~"cart|quote|checkout-availability|checkout-latency|order-creation"',
    ]);
    expect(inhibitionsOf({ id: 'cart' })).toHaveLength(burnTiers.length);
  });

  test('the committed receiver resolves nowhere', () => {
    expect(
      alertmanagerConfig().receivers.every((one) => one.webhook_configs[0]?.url.includes('.invalid/')),
    ).toBe(true);
  });
});
