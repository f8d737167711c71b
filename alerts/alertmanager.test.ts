import { describe, expect, test } from 'vitest';
import { alertmanager } from '../stack/alertmanager.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { alertmanagerConfig, inhibitionsOf } from './alertmanager.ts';
import { burnTiers } from './burn-rate.ts';
import { checkRouting, routeOf } from './prometheus-tools.ts';
import { renderAlertmanager } from './render.ts';
import { alertRules, ruleGroups } from './rules.ts';

const amtool = (await resolvePart(alertmanager, { progress: quiet })).binaries.amtool!;
const config = renderAlertmanager('http://127.0.0.1:9/alerts');

describe('alertmanager', () => {
  test('accepts the routing, and refuses one whose receiver is gone', async () => {
    expect((await checkRouting(amtool, config)).kind).toBe('ok');
    const orphaned = config.replace('- name: tickets', '- name: tickers');
    expect((await checkRouting(amtool, orphaned)).kind).toBe('refused');
  });

  test('every alert goes where its severity says', async () => {
    const receivers = { page: 'on-call', ticket: 'tickets', none: 'dead-mans-switch' } as const;
    const kinds = new Map(
      alertRules(ruleGroups()).map((rule) => [`${rule.alert} ${rule.labels.severity}`, rule]),
    );
    for (const rule of kinds.values()) {
      const receiver = await routeOf(amtool, config, { alertname: rule.alert, ...rule.labels });
      expect({ alert: rule.alert, receiver }).toEqual({
        alert: rule.alert,
        receiver: receivers[rule.labels.severity],
      });
    }
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
    const [budget, journey] = inhibit_rules.slice(-2);
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
    expect(inhibitionsOf({ id: 'cart' })).toHaveLength(inhibit_rules.length - 1);
  });

  test('the committed receiver resolves nowhere', () => {
    expect(
      alertmanagerConfig().receivers.every((one) => one.webhook_configs[0]?.url.includes('.invalid/')),
    ).toBe(true);
  });
});
