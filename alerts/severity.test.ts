// Who is woken, told whom, how often and what stays quiet because of what, typed here once more: everything else is generated
// from one source, so nothing else notices when that source is wrong.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type alertmanagerConfig, type Inhibition, silences } from './alertmanager.ts';
import { renderAlertmanager } from './render.ts';
import { alertRules, ruleGroups } from './rules.ts';

type Labels = Readonly<Record<string, string>>;
const rules = alertRules(ruleGroups()).map(({ alert, labels }): Labels => ({ ...labels, alertname: alert }));

/** Pages, by the team that gets up; an alert of no burn tier that is not here waits until morning. */
const wakes = {
  checkout: ['OrdersFarBelowLastWeek', 'SliMetricAbsent'],
  payments: [
    'CapturedWithoutOrder',
    'DiscrepancyOverdue',
    'DoubleCharge',
    'PaymentProviderTimeouts',
    'SliMetricAbsent',
    'UnknownPaymentOverdue',
    'UnknownPayments',
  ],
  orders: ['LostOrder', 'Oversell', 'SliMetricAbsent'],
  platform: [
    'AlertsNotHandedOver',
    'DeadLetterPresent',
    'InvariantsUncounted',
    'NotificationsFailing',
    'OutboxStalled',
    'QueuePaused',
    'QueueStalled',
    'RulesFailing',
    'ServiceDown',
    'SliMetricAbsent',
  ],
};

const teams = {
  checkout: ['cart', 'checkout-availability', 'checkout-journey', 'checkout-latency', 'quote'],
  payments: ['payment-authorization', 'payment-latency-backup', 'payment-latency-primary'],
  orders: ['inventory-read', 'order-creation'],
  platform: ['notification', 'pipeline-freshness'],
};

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();

describe('who is woken', () => {
  test.each(Object.entries(wakes))('%s: by these and no others', (team, names) => {
    const pages = rules.filter((one) => one.team === team && one.severity === 'page');
    const named = pages.filter(({ burn_tier }) => burn_tier === undefined);
    expect(sorted(named.map(({ alertname }) => alertname!))).toEqual(names);
  });

  test.each(Object.entries(teams))('%s answers for these objectives', (team, objectives) => {
    const own = rules.filter((one) => one.slo !== undefined && one.team === team);
    expect(sorted(own.map(({ slo }) => slo!))).toEqual(objectives);
  });

  test('a budget that is gone within two days pages, one that lasts longer is a ticket', () => {
    const tiers = new Map(rules.map(({ burn_tier, severity }) => [burn_tier, severity]));
    tiers.delete(undefined);
    expect(Object.fromEntries(tiers)).toEqual({
      'page-fast': 'page',
      'page-slow': 'page',
      'ticket-fast': 'ticket',
      'ticket-slow': 'ticket',
    });
  });

  test('rules run as often as what they look at can change', () => {
    expect(
      Object.fromEntries(ruleGroups().map(({ name, intervalSeconds }) => [name, intervalSeconds])),
    ).toEqual({
      causes: 2,
      'causes-slow': 15,
      'slo-fast': 5,
      'slo-medium': 30,
      'slo-slow': 60,
      'slo-budget': 60,
      'slo-absent': 15,
    });
  });
});

const config = parse(renderAlertmanager()) as ReturnType<typeof alertmanagerConfig>;

describe('what is told', () => {
  test('one notification for each provider, objective and tier of an alert; again after four hours, a ticket daily', () => {
    const { group_by, group_wait, group_interval, repeat_interval, routes } = config.route;
    expect(sorted(group_by)).toEqual(['alertname', 'burn_tier', 'provider', 'slo']);
    expect({ group_wait, group_interval, repeat_interval }).toEqual({
      group_wait: '1s',
      group_interval: '10s',
      repeat_interval: '4h',
    });
    const again = routes.map((route) => ('repeat_interval' in route ? route.repeat_interval : undefined));
    expect(sorted(again.filter((one) => one !== undefined))).toEqual(['1m', '24h']);
  });

  test('every receiver also hears that it is over, and of every alert', () => {
    expect(config.receivers).toHaveLength(10);
    for (const { webhook_configs } of config.receivers)
      expect(webhook_configs).toMatchObject([{ send_resolved: true, max_alerts: 0 }]);
  });
});

/** Which page silences which page, in words; of one objective a faster tier always silences a slower one. */
function silencedPages(rules_: readonly Inhibition[]): string[] {
  const pages = rules.filter(({ severity }) => severity === 'page');
  const firing = rules.filter(({ alertname }) => alertname !== 'Watchdog');
  const pairs = pages.flatMap((quiet) =>
    firing
      .filter((loud) => loud !== quiet && rules_.some((rule) => silences(rule, meet(loud, quiet), quiet)))
      .map((loud) => {
        const sameObjective = loud.slo !== undefined && loud.slo === quiet.slo;
        return sameObjective
          ? `${loud.burn_tier} → ${quiet.burn_tier}`
          : `${loud.alertname} → ${quiet.alertname}`;
      }),
  );
  return sorted(pairs);
}

/** Labels that an expression leaves on an alert are not in its rule; here both alerts have the same of them. */
const meet = (loud: Labels, quiet: Labels): Labels => ({
  ...Object.fromEntries(
    ['job', 'provider', 'queue'].flatMap((name) => (quiet[name] ? [[name, quiet[name]]] : [])),
  ),
  ...loud,
});

describe('what stays quiet', () => {
  test('of the pages: the slower tier, the journey of a step that pages, what a service that is down would have counted', () => {
    expect(silencedPages(config.inhibit_rules)).toEqual([
      'CartBurn → CheckoutJourneyBurn',
      'CheckoutAvailabilityBurn → CheckoutJourneyBurn',
      'CheckoutLatencyBurn → CheckoutJourneyBurn',
      'OrderCreationBurn → CheckoutJourneyBurn',
      'QuoteBurn → CheckoutJourneyBurn',
      'ServiceDown → InvariantsUncounted',
      'ServiceDown → SliMetricAbsent',
      'page-fast → page-slow',
    ]);
  });

  test('a service that is down silences nothing of another service', () => {
    const down = { alertname: 'ServiceDown', severity: 'page', job: 'workers' };
    const quiet = rules.filter((one) => config.inhibit_rules.some((rule) => silences(rule, down, one)));
    expect(sorted(quiet.map(({ job }) => job!))).toEqual(['workers']);
    expect(sorted(quiet.map(({ alertname }) => alertname!))).toEqual([
      'InvariantsUncounted',
      'ReconciliationStale',
      'SliMetricAbsent',
    ]);
  });

  test('a ticket that silences what must never be is seen', () => {
    const planted: Inhibition = {
      source_matchers: ['alertname="RedisAway"'],
      target_matchers: ['alertname=~"DoubleCharge|Oversell"'],
    };
    expect(silencedPages([planted])).toEqual(['RedisAway → DoubleCharge', 'RedisAway → Oversell']);
  });
});
