// The list of switches for people.
import type { SwitchEntry } from '../contracts/switches-api.ts';

export function switchesText(switches: readonly SwitchEntry[], now = Date.now()): string {
  if (switches.length === 0) return 'No switch was ever turned on.';
  const rows = switches.map((each) => [
    each.state === 'dry_run' ? 'dry run' : each.state,
    each.dimension,
    each.value,
    endOf(each, now),
    each.state === 'dry_run' ? `${each.would_stop} would stop` : `${each.stopped} stopped`,
    `${each.changed_by}: ${each.reason}`,
  ]);
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

function endOf({ state, expires_at }: SwitchEntry, now: number): string {
  if (expires_at === null || (state !== 'on' && state !== 'dry_run')) return '';
  const minutes = Math.max(0, Math.round((Date.parse(expires_at) - now) / 60_000));
  return minutes === 0 ? 'ends within a minute' : `ends in ${minutes} min`;
}
