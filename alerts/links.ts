// Where an alert leads: one place for the paths that alerts, runbooks and dashboards share. Pure.

/** Grafana uids; stable, because links and provisioning hang on them. */
export const dashboardUids = {
  verdict: 'verdict',
  checkout: 'checkout-overview',
  payments: 'payments',
  orders: 'orders-and-pipeline',
  inventory: 'inventory',
  reconciliation: 'reconciliation',
  slo: 'slo-and-error-budget',
  saturation: 'saturation',
  gameDay: 'game-day',
} as const;
export type DashboardName = keyof typeof dashboardUids;

/** Prefixes put before every link when rules are rendered. */
export interface LinkBases {
  /** Where the runbook files are served; by default their place in this repository. */
  readonly runbooks: string;
  readonly grafana: string;
}
export const defaultLinkBases: LinkBases = { runbooks: 'alerts/runbooks', grafana: 'http://127.0.0.1:3000' };

export const runbookUrl = (alert: string, bases: LinkBases, section?: string) =>
  `${bases.runbooks}/${alert}.md${section === undefined ? '' : `#${section}`}`;

/** A label that the expression leaves on the alert; those of the rule are no `$labels`. */
export const labelOfAlert = (label: string) => `{{ $labels.${label} }}`;

/** `variables`: what the dashboard opens on. */
export function dashboardUrl(
  bases: LinkBases,
  dashboard: DashboardName,
  variables: Readonly<Record<string, string>> = {},
): string {
  const query = Object.entries(variables).map(([name, value]) => `var-${name}=${value}`);
  return `${bases.grafana}/d/${dashboardUids[dashboard]}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
