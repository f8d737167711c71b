// What the report shows. Filled by the judge from the evidence files; the pages below only draw it.
import type { AlertDelivery, ExperimentFacts, PanelFacts, RunFacts } from '../facts.ts';
import type { ActFacts } from '../aftermath/facts.ts';
import type { VerdictFile } from '../verdict-file.ts';
import type { DrawnDashboard } from './dashboard-model.ts';

/** A few seconds of the run. Times are seconds from the start of the run. */
export interface LoadPoint {
  readonly at: number;
  readonly ordersPerSecond: number;
  /** Submission latency of those seconds; null when too few answered. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface LedgerRow {
  readonly ledger: string;
  readonly rows: number;
  readonly status: string;
  readonly detail: string;
}

export interface SloRow {
  readonly title: string;
  readonly objective: number;
  readonly total: number;
  readonly bad: number;
}

export interface ReportModel {
  readonly verdict: VerdictFile;
  readonly run: RunFacts;
  readonly points: readonly LoadPoint[];
  readonly experiments: readonly ExperimentFacts[];
  /** In the order in which they were played; none in a primed drill. */
  readonly acts: readonly ActFacts[];
  readonly deliveries: readonly AlertDelivery[];
  readonly ledgers: readonly LedgerRow[];
  /** Counted outside the fault windows; the 30-day budget is not judged by a run of minutes. */
  readonly slos: readonly SloRow[];
  readonly panels: readonly PanelFacts[];
  /** Those that people look at first; empty in evidence that kept no lines. */
  readonly dashboards: readonly DrawnDashboard[];
}
