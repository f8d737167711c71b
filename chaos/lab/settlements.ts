// A provider's settlement files: what was moved since the last one, a file a currency, on disk before it is listed.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openAppendLog } from '../append-log.ts';
import type { Books } from './books.ts';
import type { Profile } from './profiles.ts';
import { fileText, type Movement, movementsOf } from './settlement-lines.ts';
import { type Draft, type Plant, plant, planted } from './settlement-plants.ts';

interface SettlementFile {
  readonly seq: number;
  readonly id: string;
  readonly sha256: string;
  readonly created_ms: number;
  readonly lines: number;
  readonly text: string;
  /** Movements that are in this file, or that a plant keeps out of every file. */
  readonly settled: readonly string[];
}

export const closing = z.strictObject({ plants: z.array(plant).max(20).default([]) });
type Closing = z.infer<typeof closing>;

export type Settlements = Awaited<ReturnType<typeof openSettlements>>;

const listedOf = ({ id, sha256, created_ms, lines }: SettlementFile) => ({ id, sha256, created_ms, lines });

export async function openSettlements(
  path: string,
  books: Books,
  { profile, now = Date.now }: { readonly profile: Profile; readonly now?: () => number },
) {
  const { log, rows } = await openAppendLog<SettlementFile>(path);
  const files: SettlementFile[] = [];
  const settled = new Set<string>();
  const add = (file: SettlementFile) => {
    files.push(file);
    for (const id of file.settled) settled.add(id);
  };
  for (const row of rows) add(row);

  /** Each plant goes into one file: the first that has a line for it. */
  function draw(open: readonly Movement[], wanted: readonly Plant[]) {
    const currencies = [...new Set(open.map(({ line }) => line.currency))];
    if (currencies.length === 0 && wanted.length > 0) currencies.push('GBP');
    let unplanted = wanted;
    const drafts = currencies.map((currency) => {
      const movements = open.filter(({ line }) => line.currency === currency);
      let made: Draft = { lines: movements.map(({ line }) => line), offMinor: 0, copies: 1 };
      unplanted = unplanted.filter((each) => {
        const next = planted(made, each, currency, now());
        made = next ?? made;
        return next === null;
      });
      return { ...made, currency, settled: movements.map(({ id }) => id) };
    });
    return { drafts, unplanted };
  }

  return {
    /** Closes what is open now; no files when nothing moved. null: a plant finds no line, and nothing was closed. */
    async close(request: Closing) {
      const { charges } = await books.everything();
      // From here to the log nothing waits, so two closings at once cannot settle one movement twice.
      const open = charges
        .flatMap((charge) => movementsOf(charge, profile))
        .filter(({ id }) => !settled.has(id))
        .toSorted((a, b) => a.line.at_ms - b.line.at_ms);
      const { drafts, unplanted } = draw(open, request.plants);
      if (unplanted.length > 0) return null;
      const created_ms = now();
      const closed = drafts.flatMap(({ lines, offMinor, copies, currency, settled: ids }) => {
        const text = fileText(lines, currency, created_ms, offMinor);
        const sha256 = createHash('sha256').update(text).digest('hex');
        return Array.from({ length: copies }, () => {
          const seq = files.length + 1;
          const listed = { seq, id: `set_${seq}`, sha256, created_ms, lines: lines.length };
          const file = { ...listed, text, settled: ids };
          add(file);
          return file;
        });
      });
      await Promise.all(closed.map((file) => log.append(file)));
      return closed.map(listedOf);
    },
    async list(after: number, limit: number) {
      await log.flushed();
      const page = files.slice(after, after + limit);
      return { files: page.map(listedOf), next: page.at(-1)?.seq ?? after };
    },
    async text(id: string): Promise<string | null> {
      await log.flushed();
      return files.find((file) => file.id === id)?.text ?? null;
    },
    end: () => log.close(),
  };
}
