// What the database keeps although its time is over.
import { oldestRowAge, rowsPruned } from '../../core/telemetry/metrics/retention.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { waitsFor } from '../reactive.ts';
import { ratePanel } from '../red.ts';

export const oldestRow = (id: number): Panel => ({
  id,
  title: 'Oldest row that may go',
  about: {
    means: 'Since when the oldest row of each table could be waiting to be removed; 0 where none could.',
    bad: 'a ramp over days: something keeps it, or nobody removes it, and the table only grows.',
    act: 'look at the log of workers for retention; see what still needs the row.',
  },
  kind: 'lines',
  unit: 's',
  queries: [
    {
      expr: `max by (table) (${selector(oldestRowAge)})`,
      legend: '{{table}}',
      reactive: waitsFor('a row is old enough to go'),
    },
  ],
});

export const prunedRows = (id: number): Panel =>
  ratePanel(
    id,
    'Rows removed',
    {
      means: 'Rows removed because their time was over, by table.',
      bad: 'nothing for a day, while the oldest row ages.',
      act: 'look whether workers run; one of them does it.',
    },
    selector(rowsPruned),
    ['table'],
    waitsFor('a row is old enough to go'),
  );
