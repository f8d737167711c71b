// The file behind a provider's books: what is on disk is what is known, and a restart knows the same.
import { openAppendLog } from '../append-log.ts';
import type { BookEntry, Charge, Entry, Operation } from './entries.ts';

/** Told of every entry once it is on disk; the answer to the shop waits for it. */
export type Booked = (entry: Entry, charge: Charge | null, answered: boolean) => Promise<void> | void;

export type Journal = Awaited<ReturnType<typeof openJournal>>;

type Unnumbered<E> = E extends Entry ? Omit<E, 'seq'> : never;

export async function openJournal(path: string, booked: Booked = () => undefined) {
  const { log, rows } = await openAppendLog<Entry>(path);
  const byId = new Map<string, Charge>();
  const byKey = new Map<string, Charge>();
  const byReference = new Map<string, Charge[]>();
  const operationsByKey = new Map<string, Operation[]>();
  const tombstones = new Map<string, number>();
  const refusals: { reference: string; key: string; at_ms: number }[] = [];
  const entries: BookEntry[] = [];
  let seq = 0;

  function chargeOf(id: string): Charge {
    const charge = byId.get(id);
    if (charge === undefined) throw new Error(`${path}: entry ${seq} names a charge that is not there`);
    return charge;
  }
  function list(charge: Charge, at_ms: number, about: Pick<BookEntry, 'operation' | 'dispute'> = {}): void {
    const { id, reference, order, amount_minor, currency, status, created_ms } = charge;
    const { captured_minor, refunded_minor } = charge;
    entries.push({
      ...{ seq, id, reference, order, amount_minor, currency, status, captured_minor, refunded_minor },
      ...{ created_ms, at_ms },
      ...about,
    });
  }
  function enter(charge: Charge, status: Charge['status'], at_ms: number): void {
    charge.status = status;
    charge.history.push({ seq, status, at_ms });
  }
  // The one place where an entry changes what is known: a reload and a live call go through it alike.
  function post(entry: Entry): Charge | null {
    seq = entry.seq;
    switch (entry.kind) {
      case 'tombstone':
        tombstones.set(entry.reference, entry.at_ms);
        return null;
      case 'refusal':
        refusals.push({ reference: entry.reference, key: entry.key, at_ms: entry.at_ms });
        return null;
      case 'charge': {
        const { kind: _kind, seq: _seq, ...fields } = entry;
        const made = { history: [], captured_minor: 0, refunded_minor: 0, operations: [], disputes: [] };
        const charge: Charge = { ...fields, ...made };
        byId.set(charge.id, charge);
        byKey.set(charge.key, charge);
        byReference.set(charge.reference, [...(byReference.get(charge.reference) ?? []), charge]);
        enter(charge, charge.status, charge.created_ms);
        list(charge, charge.created_ms);
        return charge;
      }
      case 'state': {
        const charge = chargeOf(entry.id);
        enter(charge, entry.status, entry.at_ms);
        list(charge, entry.at_ms);
        return charge;
      }
      case 'operation': {
        const { kind: _kind, seq: _seq, ...operation } = entry;
        const charge = chargeOf(operation.charge);
        charge.operations.push(operation);
        const sameKey = operationsByKey.get(operation.key) ?? [];
        operationsByKey.set(operation.key, [...sameKey, operation]);
        if (operation.operation === 'capture') {
          charge.captured_minor += operation.amount_minor;
          enter(charge, 'captured', operation.at_ms);
        } else charge.refunded_minor += operation.amount_minor;
        const { id, key, amount_minor, operation: kind } = operation;
        list(charge, operation.at_ms, { operation: { id, kind, key, amount_minor } });
        return charge;
      }
      case 'dispute': {
        const { kind: _kind, seq: _seq, ...dispute } = entry;
        const charge = chargeOf(dispute.charge);
        charge.disputes.push(dispute);
        const { id, amount_minor, dispute: kind } = dispute;
        list(charge, dispute.at_ms, { dispute: { id, kind, amount_minor } });
        return charge;
      }
    }
  }
  for (const entry of rows) post(entry);
  let durableSeq = seq;

  return {
    byId: byId as ReadonlyMap<string, Charge>,
    byKey: byKey as ReadonlyMap<string, Charge>,
    byReference: byReference as ReadonlyMap<string, readonly Charge[]>,
    operationsByKey: operationsByKey as ReadonlyMap<string, readonly Operation[]>,
    tombstones: tombstones as ReadonlyMap<string, number>,
    refusals: refusals as readonly (typeof refusals)[number][],
    /** Known at once, told when durable. `answered` is false when whoever asked will never hear the answer. */
    async record(fields: Unnumbered<Entry>, answered = true): Promise<void> {
      const entry = { seq: seq + 1, ...fields } as Entry;
      const charge = post(entry);
      await log.append(entry);
      durableSeq = Math.max(durableSeq, entry.seq);
      await booked(entry, charge, answered);
    },
    /** Entries after `after` that are on disk, oldest first. Entries are in order, so their index is found by search. */
    list(after: number, limit: number): readonly BookEntry[] {
      let low = 0;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (entries[middle]!.seq <= after) low = middle + 1;
        else high = middle;
      }
      return entries.slice(low, low + limit).filter((entry) => entry.seq <= durableSeq);
    },
    flushed: () => log.flushed(),
    close: () => log.close(),
  };
}
