// What a dashboard is, before Grafana's JSON: rows of panels in the order a request takes, one idea a panel.
import type { DashboardName } from '../alerts/links.ts';
import type { Reactive } from './reactive.ts';

export type Unit = 'reqps' | 'percentunit' | 's' | 'short' | 'bytes';

export interface Query {
  readonly expr: string;
  readonly legend: string;
  readonly reactive?: Reactive;
  /** Ask for exemplars: the dots that lead to traces. */
  readonly exemplars?: boolean;
  /** Where a table shows several quantities. */
  readonly unit?: Unit;
}

/**
 * lines: over time. figure: the last value. table: the last values, a row a series. states: a bar a series, coloured by
 * its bands. cells: a square a series and time, coloured by its bands. heat: a histogram over time.
 */
export type PanelKind = 'lines' | 'figure' | 'table' | 'states' | 'cells' | 'heat';

export interface Limit {
  readonly value: number;
  readonly badWhen: 'above' | 'below';
}

/** From `from` on it is this colour; below the first band all is well. */
export interface Band {
  readonly from: number;
  readonly color: 'yellow' | 'orange' | 'red';
}

/** Sentences for somebody who was just woken up. */
export interface About {
  readonly means: string;
  readonly bad: string;
  readonly act: string;
}

export const describe = ({ means, bad, act }: About): string => `${means} Bad: ${bad} Do: ${act}`;

export interface Panel {
  /** Stable: links and alerts point at it. Never reused for another panel. */
  readonly id: number;
  readonly title: string;
  readonly about: About;
  readonly kind: PanelKind;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Where it turns red, from the objective or the alert; never typed twice. */
  readonly limit?: Limit;
  readonly bands?: readonly Band[];
  /** Where the reader goes next; the time range and the variables go along. */
  readonly leadsTo?: DashboardName;
}

export interface Row {
  readonly id: number;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A choice among the declared values of one label; alerts link with `var-<label>`. */
export interface Choice {
  readonly label: string;
  readonly title: string;
  readonly values: readonly string[];
}

export interface Board {
  readonly name: DashboardName;
  readonly title: string;
  readonly description: string;
  readonly choices: readonly Choice[];
  readonly rows: readonly Row[];
}

const refIds = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const refIdOf = (index: number): string => refIds[index]!;

export interface PanelQuery {
  readonly panelId: number;
  readonly title: string;
  readonly refId: string;
  readonly expr: string;
  readonly reactive?: Reactive;
}

export const panelsOf = (board: Board): readonly Panel[] => board.rows.flatMap((row) => row.panels);

/** Every query with what it must do in a run. From the code, so that an edited JSON cannot lower it. */
export const queriesOf = (board: Board): readonly PanelQuery[] =>
  panelsOf(board).flatMap((panel) =>
    panel.queries.map(({ expr, reactive }, index) => ({
      panelId: panel.id,
      title: panel.title,
      refId: refIdOf(index),
      expr,
      ...(reactive === undefined ? {} : { reactive }),
    })),
  );
