// Rows of a CSV file, plain or gzipped, by the names the caller mapped. A broken row refuses the whole file.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type CsvError, parse } from 'csv-parse';
import { UsageError } from '../usage-error.ts';

/** Our field name → the file's column name. */
export type ColumnMap = Readonly<Record<string, string>>;

export interface CsvRow {
  /** The value of a mapped field, trimmed. */
  get(field: string): string;
  /** An error that names file, line, column and value: everything needed to mend the row. */
  broken(field: string, why: string): UsageError;
}

/** `id=InvoiceNo,time=InvoiceDate` → `{ id: 'InvoiceNo', time: 'InvoiceDate' }`. */
export function parseColumnMap(
  flag: string,
  given: string | readonly string[],
  known: readonly string[],
): ColumnMap {
  const pairs = (typeof given === 'string' ? [given] : given).flatMap((part) => part.split(','));
  const map: Record<string, string> = {};
  for (const pair of pairs) {
    const [field, column, ...rest] = pair.split('=').map((text) => text.trim());
    if (!field || !column || rest.length > 0) throw new UsageError(`${flag} ${pair}: write field=Column`);
    if (!known.includes(field)) {
      throw new UsageError(`${flag} ${pair}: unknown field ${field}; known are ${known.join(', ')}`);
    }
    if (field in map) throw new UsageError(`${flag}: ${field} is given twice`);
    map[field] = column;
  }
  return map;
}

const endsEarly = (error: unknown) =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

export async function* csvRows(file: string, map: ColumnMap): AsyncGenerator<CsvRow> {
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw new UsageError(`${file}: no such file`);
  const raw = createReadStream(file);
  const text: Readable = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  const parser = parse({ bom: true, info: true, skip_empty_lines: true, max_record_size: 1_000_000 });
  for (const stream of [raw, text]) stream.on('error', (error: Error) => parser.destroy(error));
  text.pipe(parser);
  let columns: Map<string, number> | undefined;
  try {
    for await (const entry of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns === undefined) {
        columns = columnsOf(file, entry.record, map);
        continue;
      }
      yield rowOf(file, entry.info.lines, entry.record, columns, map);
    }
  } catch (error) {
    if (endsEarly(error)) throw new UsageError(`${file}: not a whole gzip file`);
    const { code, lines, message } = error as CsvError & { lines?: number };
    if (code?.startsWith('CSV_')) throw new UsageError(`${file}${lines ? ` line ${lines}` : ''}: ${message}`);
    throw error;
  } finally {
    raw.destroy();
  }
  if (columns === undefined) throw new UsageError(`${file}: empty, not even a header`);
}

function columnsOf(file: string, header: readonly string[], map: ColumnMap): Map<string, number> {
  const found = Object.entries(map).map(([field, column]) => {
    const at = header.indexOf(column);
    if (at < 0) throw new UsageError(`${file}: no column ${column}; it has ${header.join(', ')}`);
    return [field, at] as const;
  });
  return new Map(found);
}

function rowOf(
  file: string,
  line: number,
  record: readonly string[],
  columns: ReadonlyMap<string, number>,
  map: ColumnMap,
): CsvRow {
  const get = (field: string) => (record[columns.get(field) ?? -1] ?? '').trim();
  const broken = (field: string, why: string) =>
    new UsageError(
      `${file} line ${line}, column ${map[field]}: ${JSON.stringify(get(field).slice(0, 80))} ${why}; nothing was written`,
    );
  return { get, broken };
}
