// The tables of README.md are the data of queues.ts and discrepancies/classes.ts, row by row, and no row more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../core/config.ts';
import { prunedTables } from '../core/telemetry/metrics/retention.ts';
import { discrepancies, type DiscrepancySpec, settlementTerms } from './discrepancies/classes.ts';
import { consumersOf, queues, typesFor } from './queues.ts';

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const code = (name: string) => `\`${name}\``;

/** Rows of the table under a heading. */
function tableUnder(heading: string, text = readme): string[] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = section.split(/\n## /)[0]!.split('\n');
  return lines.filter((each) => each.startsWith('| `'));
}
const duration = (seconds: number) =>
  seconds % 86_400 === 0
    ? `${seconds / 86_400} d`
    : seconds % 3_600 === 0
      ? `${seconds / 3_600} h`
      : seconds % 60 === 0
        ? `${seconds / 60} min`
        : `${seconds} s`;

test('the queues are the ones there are', () => {
  const rows = queues.map(({ name, concurrency, attempts, backoffMs, backoffLimitMs, cap }) =>
    row([
      code(name),
      typesFor(name).map(code).join(' '),
      concurrency,
      attempts,
      `${backoffMs} ms, doubling to ${backoffLimitMs / 1_000} s, half of it jitter`,
      cap,
    ]),
  );
  expect(tableUnder('Queues')).toEqual(rows);
  expect(Object.values(consumersOf).every((names) => names.length > 0)).toBe(true);
});

test('the discrepancies are the ones there are', () => {
  const tolerance = ({ tolerance: { minor, seconds } = {} }: DiscrepancySpec) =>
    minor !== undefined ? `${minor} minor units` : seconds !== undefined ? duration(seconds) : 'none';
  const rows = Object.entries<DiscrepancySpec>(discrepancies).map(([name, spec]) =>
    row([
      code(name),
      spec.says,
      spec.owner,
      tolerance(spec),
      duration(spec.ageLimitSeconds),
      spec.heals ?? '**a person**',
    ]),
  );
  expect(tableUnder('Discrepancies')).toEqual(rows);
});

test('the providers settle as is said', () => {
  const rows = Object.entries(settlementTerms).map(([name, { cutOff, settledWithinDays, lateAfterDays }]) =>
    row([
      code(name),
      `${String(cutOff.hour).padStart(2, '0')}:00 ${cutOff.timeZone}`,
      `${settledWithinDays} d`,
      `${lateAfterDays} d`,
    ]),
  );
  expect(tableUnder('Settlement')).toEqual(rows);
});

test('what is kept for how long is what is removed', () => {
  const defaults = readConfig({ DATABASE_URL: 'postgres://a/b', SERVICE_TOKEN: 'x'.repeat(16) });
  const rows = tableUnder('Retention');
  expect(rows.map((each) => each.split('`')[1])).toEqual(prunedTables);
  const said = rows.flatMap((each) =>
    [...each.matchAll(/`([A-Z_]+_DAYS)`, (\d+) d/g)].map(([, name, days]) => [name, Number(days)]),
  );
  expect(said).toHaveLength(prunedTables.length - 1);
  expect(said).toEqual(said.map(([name]) => [name, defaults[name as keyof typeof defaults]]));
});

test('a row that is missing, or one too many, is found', () => {
  const [first, second] = tableUnder('Queues');
  expect(tableUnder('Queues', readme.replace(`${first}\n`, ''))).toEqual([second]);
  expect(tableUnder('Queues', readme.replace(first!, `${first}\n${row([code('mails')])}`))).toHaveLength(3);
});
