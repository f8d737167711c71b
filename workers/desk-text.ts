// Queues and dead letters for people.
import type { Letter } from './letter-desk.ts';
import type { QueueState } from './queue-desk.ts';

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const lettersText = (letters: readonly Letter[]): string =>
  letters.length === 0
    ? 'No dead letters.'
    : table([
        ['id', 'queue', 'order', 'failed', 'state', 'error'],
        ...letters.map(({ id, queue, order_id, failed_at, state, error }) => [
          ...[`${id}`, queue, order_id ?? '', failed_at.toISOString(), state, error],
        ]),
      ]);

export const letterText = ({ failed_at, ...letter }: Letter): string =>
  Object.entries({ ...letter, failed_at: failed_at.toISOString() })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(12)}${value}`)
    .join('\n');

export const queuesText = (states: readonly QueueState[]): string =>
  table([
    ['queue', '', 'waiting', 'active', 'delayed', 'failed', 'cap', 'unhandled'],
    ...states.map(({ name, paused, waiting, active, delayed, failed, cap, unhandled }) => [
      ...[name, paused ? 'paused' : 'running'],
      ...[waiting, active, delayed, failed, cap, unhandled].map(String),
    ]),
  ]);
