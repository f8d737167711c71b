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

  // What else an alert is labelled with no route reads; live/live.test.ts sends each to a running Alertmanager.
  const routed = rules.map(({ alert, labels: { severity, team, communication } }) => ({
    ...{ alertname: alert, severity, team },
    ...(communication === undefined ? {} : { communication }),
  }));
  const questions = [...new Map(routed.map((one) => [Object.values(one).join(), one])).values()];

  test('no route reads a label that amtool is not asked with', () => {
    const read = alertmanagerConfig().route.routes.flatMap(({ matchers }) =>
      matchers.map((matcher) => matcher.split('=')[0]),
    );
    expect(new Set(read)).toEqual(new Set(['alertname', 'severity', 'team', 'communication']));
  });

  test.concurrent.each(questions)(
    'amtool sends $alertname, a $severity, where it has to go',
    async (labels) => {
      const [first, ...others] = receiversOf(labels);
      expect(await routeOf(amtool, config, labels)).toBe([first, ...others].join());
      expect(first).toBe(
        labels.alertname === 'Watchdog'
          ? 'dead-mans-switch'
          : others.length > 0
            ? 'communication'
            : `${labels.team}-${labels.severity === 'page' ? 'on-call' : 'tickets'}`,
      );
    },
  );

  test('every alert is asked, the p99 of the checkout goes to whoever speaks to customers too, and a stray wakes somebody', async () => {
    expect(new Set(questions.map(({ alertname }) => alertname))).toEqual(
      new Set(rules.map(({ alert }) => alert)),
    );
    const p99 = questions.find(({ alertname }) => alertname === 'CheckoutP99AboveTarget')!;
    expect(await routeOf(amtool, config, p99)).toBe('communication,checkout-tickets');
    expect(questions.filter(({ communication }) => communication !== undefined)).toEqual([p99]);
    expect(await routeOf(amtool, config, { alertname: 'Stray', severity: 'page' })).toBe('platform-on-call');
    const misrouted = config.replace('team="payments"', 'team="payment"');
    const charged = questions.find(({ alertname }) => alertname === 'DoubleCharge')!;
    expect(await routeOf(amtool, misrouted, charged)).toBe('platform-on-call');
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
