// Who is told, how fast, and what stays quiet because something faster already spoke.
import { budgetExhausted } from './budget-alerts.ts';
import { burnTiers, type Severity } from './burn-rate.ts';
import { journeys } from './journeys.ts';

/** Explicit, because Alertmanager's default of 30 s would be most of the detection time. */
export const groupWaitSeconds: Readonly<Record<Severity, number>> = { page: 1, ticket: 5, none: 0 };

/** Stands in the committed file; whoever deploys it, the drill included, renders its own receiver. */
const placeholderWebhook = 'http://on-call.invalid/alerts';

/** burn_tier too: a page that joined the group of an already firing ticket would wait for `group_interval`. */
const groupBy = ['alertname', 'slo', 'burn_tier', 'provider'];

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal?: readonly string[];
}

const fasterThanSlower: readonly Inhibition[] = burnTiers.flatMap((faster, index) => {
  const slower = burnTiers.slice(index + 1).map((tier) => tier.name);
  if (slower.length === 0) return [];
  return [
    {
      source_matchers: [`burn_tier="${faster.name}"`],
      target_matchers: [`burn_tier=~"${slower.join('|')}"`],
      equal: ['slo'],
    },
  ];
});

/** Whoever is paged for an objective sees its budget go; the ticket comes when the page is over and it is still gone. */
const pageThanBudget: Inhibition = {
  source_matchers: ['burn_tier=~"page-fast|page-slow"'],
  target_matchers: [`alertname="${budgetExhausted}"`],
  equal: ['slo'],
};

/** A step that pages says what is wrong; its journey says only that something is. */
const stepThanJourney: readonly Inhibition[] = journeys.map(({ id, steps }) => ({
  source_matchers: ['burn_tier=~"page-fast|page-slow"', `slo=~"${steps.join('|')}"`],
  target_matchers: [`slo="${id}"`],
}));

const inhibitions: readonly Inhibition[] = [...fasterThanSlower, pageThanBudget, ...stepThanJourney];

/** The rules that can silence an alert of this objective. */
export const inhibitionsOf = ({ id }: { readonly id: string }): readonly Inhibition[] =>
  inhibitions.filter(
    ({ target_matchers }) =>
      target_matchers.every((matcher) => !matcher.startsWith('slo=')) ||
      target_matchers.includes(`slo="${id}"`),
  );

export function alertmanagerConfig(webhookUrl: string = placeholderWebhook) {
  const receiver = (name: string) => ({
    name,
    // max_alerts 0 = all of them: a truncated notification is a lost alert.
    webhook_configs: [{ url: webhookUrl, send_resolved: true, max_alerts: 0 }],
  });
  const wait = (severity: Severity) => `${groupWaitSeconds[severity]}s`;
  return {
    global: { resolve_timeout: '5m' },
    route: {
      receiver: 'on-call',
      group_by: groupBy,
      group_wait: wait('page'),
      group_interval: '10s',
      repeat_interval: '4h',
      routes: [
        {
          receiver: 'dead-mans-switch',
          matchers: ['alertname="Watchdog"'],
          group_wait: wait('none'),
          repeat_interval: '1m',
        },
        { receiver: 'on-call', matchers: ['severity="page"'], group_wait: wait('page') },
        {
          receiver: 'tickets',
          matchers: ['severity="ticket"'],
          group_wait: wait('ticket'),
          repeat_interval: '24h',
        },
      ],
    },
    inhibit_rules: inhibitions,
    receivers: ['on-call', 'tickets', 'dead-mans-switch'].map(receiver),
  };
}
