// Who is told, how fast, and what stays quiet because something faster already spoke.
import { type Team, teams } from './alert.ts';
import { budgetExhausted, sliAbsent } from './budget-alerts.ts';
import { burnTiers, type Severity } from './burn-rate.ts';
import { journeys } from './journeys.ts';
import { placeholderReceivers, type Receivers } from './receivers.ts';

/** Explicit, because Alertmanager's default of 30 s would be most of the detection time. */
export const groupWaitSeconds: Readonly<Record<Severity, number>> = { page: 1, ticket: 5, none: 0 };

/** burn_tier too: a page that joined the group of an already firing ticket would wait for `group_interval`. */
const groupBy = ['alertname', 'slo', 'burn_tier', 'provider'];

export interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal?: readonly string[];
}

const matches = (matchers: readonly string[], labels: Readonly<Record<string, string>>) =>
  matchers.every((matcher) => {
    const [, name, operator, value] = /^(\w+)(=~?)"(.*)"$/.exec(matcher) ?? [];
    if (name === undefined) throw new Error(`${matcher} is no matcher that this reads`);
    const own = labels[name] ?? '';
    return operator === '=' ? own === value : value!.split('|').includes(own);
  });

/** Whether one alert keeps another quiet; tests hold Alertmanager against it. */
export const silences = (
  { source_matchers, target_matchers, equal = [] }: Inhibition,
  loud: Readonly<Record<string, string>>,
  quiet: Readonly<Record<string, string>>,
): boolean =>
  matches(source_matchers, loud) &&
  matches(target_matchers, quiet) &&
  equal.every((name) => (loud[name] ?? '') === (quiet[name] ?? ''));

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

const quieter = (louder: string, quiet: readonly string[], equal?: string): Inhibition => ({
  source_matchers: [`alertname="${louder}"`],
  target_matchers: [`alertname=~"${quiet.join('|')}"`],
  ...(equal === undefined ? {} : { equal: [equal] }),
});

/**
 * Of the same trouble the page silences the ticket; never a ticket a page, and nothing what must never be. Only that a service
 * is down silences other pages: that what it counted is counted no more.
 */
const pageThanTicket: readonly Inhibition[] = [
  quieter('ServiceDown', ['ProcessDown', sliAbsent, 'InvariantsUncounted', 'ReconciliationStale'], 'job'),
  quieter('InvariantsUncounted', ['ReconciliationStale']),
  quieter('PaymentProviderTimeouts', ['PaymentProviderErrors'], 'provider'),
  quieter('UnknownPaymentOverdue', ['UnknownPaymentAgeing']),
  quieter('QueueStalled', ['QueueBacklog', 'QueueSlow'], 'queue'),
];

const ofObjectives: readonly Inhibition[] = [...fasterThanSlower, pageThanBudget, ...stepThanJourney];

/** The rules that can silence an alert of this objective. */
export const inhibitionsOf = ({ id }: { readonly id: string }): readonly Inhibition[] =>
  ofObjectives.filter(
    ({ target_matchers }) =>
      target_matchers.every((matcher) => !matcher.startsWith('slo=')) ||
      target_matchers.includes(`slo="${id}"`),
  );

/** Each team has its own two; nobody is told of what another team repairs. */
const receiverOf = (team: Team, severity: Severity) =>
  `${team}-${severity === 'page' ? 'on-call' : 'tickets'}`;

const ofTeam = (team: Team) => [
  {
    receiver: receiverOf(team, 'page'),
    matchers: [`team="${team}"`, 'severity="page"'],
    group_wait: wait('page'),
  },
  {
    receiver: receiverOf(team, 'ticket'),
    matchers: [`team="${team}"`, 'severity="ticket"'],
    group_wait: wait('ticket'),
    repeat_interval: '24h',
  },
];

const wait = (severity: Severity) => `${groupWaitSeconds[severity]}s`;

const addressesOf = ({ teams: told, communication, watchdog }: Receivers): Record<string, string> => ({
  'dead-mans-switch': watchdog,
  communication,
  ...Object.fromEntries(
    teams.flatMap((team) => [
      [receiverOf(team, 'page'), told[team].pages],
      [receiverOf(team, 'ticket'), told[team].tickets],
    ]),
  ),
});

/** The committed file tells a placeholder; whoever deploys it, the drill included, renders its own receivers. */
export function alertmanagerConfig(to: Receivers = placeholderReceivers) {
  return {
    global: { resolve_timeout: '5m' },
    route: {
      // What no route below knows wakes somebody rather than nobody.
      receiver: receiverOf('platform', 'page'),
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
        // Who speaks to customers hears it beside the team, not instead of it.
        {
          receiver: 'communication',
          matchers: ['communication="plan"'],
          group_wait: wait('ticket'),
          continue: true,
        },
        ...teams.flatMap(ofTeam),
      ],
    },
    inhibit_rules: [...ofObjectives, ...pageThanTicket],
    receivers: Object.entries(addressesOf(to)).map(([name, url]) => ({
      name,
      // max_alerts 0 = all of them: a truncated notification is a lost alert.
      webhook_configs: [{ url, send_resolved: true, max_alerts: 0 }],
    })),
  };
}

/** Where an alert with these labels goes, as the routing above is meant; tests hold amtool and Alertmanager against it. */
export function receiversOf(labels: Readonly<Record<string, string>>): string[] {
  if (labels.alertname === 'Watchdog') return ['dead-mans-switch'];
  const own = receiverOf(labels.team as Team, labels.severity as Severity);
  return labels.communication === 'plan' ? ['communication', own] : [own];
}
