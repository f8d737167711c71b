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

export const checkoutDashboardUid = dashboardUids.checkout;

/** Prefixes put before every link when rules are rendered. */
export interface LinkBases {
  /** Where the runbook files are served; by default their place in this repository. */
  readonly runbooks: string;
  readonly grafana: string;
}
export const defaultLinkBases: LinkBases = { runbooks: 'alerts/runbooks', grafana: 'http://127.0.0.1:3000' };

export const runbookUrl = (alert: string, bases: LinkBases, section?: string) =>
  `${bases.runbooks}/${alert}.md${section === undefined ? '' : `#${section}`}`;
export const dashboardUrl = (bases: LinkBases) => `${bases.grafana}/d/${checkoutDashboardUid}`;
