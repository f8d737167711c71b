// What every alert is, whatever it was made from.
import type { Severity } from './burn-rate.ts';
import { type DashboardName, dashboardUrl, type LinkBases, runbookUrl } from './links.ts';

/** Who is woken. */
export const teams = ['checkout', 'payments', 'orders', 'platform'] as const;
export type Team = (typeof teams)[number];

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly forSeconds: number;
  readonly keepFiringSeconds?: number;
  readonly labels: { readonly severity: Severity; readonly team: Team } & Readonly<Record<string, string>>;
  readonly annotations: Annotations;
}

export interface Annotations {
  readonly summary: string;
  readonly description: string;
  readonly runbook_url: string;
  readonly dashboard_url: string;
}

/** Where an alert leads: the dashboard, what of it is looked at, and the heading of a shared runbook. */
export interface LeadsTo {
  readonly dashboard: DashboardName;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly section?: string;
}

export function annotate(
  alert: string,
  summary: string,
  description: string,
  bases: LinkBases,
  { dashboard, variables, section }: LeadsTo,
): Annotations {
  return {
    summary,
    description,
    runbook_url: runbookUrl(alert, bases, section),
    dashboard_url: dashboardUrl(bases, dashboard, variables),
  };
}
