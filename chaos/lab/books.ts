// A payment provider's own books: charges keyed by idempotency key, every change an entry, on disk before it is told.
import { createHash, randomUUID } from 'node:crypto';
import { openAppendLog } from '../append-log.ts';

type ChargeStatus = 'approved' | 'declined' | 'captured' | 'voided';

export interface AuthorizationRequest {
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly method: string;
  readonly token: string;
}

export interface Charge {
  readonly id: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly decline_code: string | null;
  readonly created_ms: number;
  status: ChargeStatus;
  readonly history: { readonly seq: number; readonly status: ChargeStatus; readonly at_ms: number }[];
}

type Entry =
  | ({ seq: number; kind: 'charge'; status: ChargeStatus } & Omit<Charge, 'history'>)
  | { seq: number; kind: 'state'; id: string; status: ChargeStatus; at_ms: number }
  | { seq: number; kind: 'tombstone'; reference: string; at_ms: number }
  | { seq: number; kind: 'refusal'; reference: string; key: string; at_ms: number };

/** What `/v1/books` lists: one change of state of one charge. */
export interface BookEntry {
  readonly seq: number;
  readonly id: string;
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly status: ChargeStatus;
  /** When the charge was made, and when this change of it was. */
  readonly created_ms: number;
  readonly at_ms: number;
}

export type Authorization =
  | { readonly kind: 'decided'; readonly charge: Charge; readonly replayed: boolean }
  | { readonly kind: 'key_reused' }
  /** The reference was voided before this arrived: no charge is made, ever. */
  | { readonly kind: 'refused' };

export type Capture =
  | { readonly kind: 'captured'; readonly charge: Charge }
  | { readonly kind: 'unknown_charge' }
  | { readonly kind: 'not_capturable'; readonly status: ChargeStatus };

export type Books = Awaited<ReturnType<typeof openBooks>>;

const fingerprintOf = (r: AuthorizationRequest) =>
  createHash('sha256')
    .update(JSON.stringify([r.reference, r.order, r.amount_minor, r.currency, r.method, r.token]))
    .digest('hex');

export async function openBooks(path: string, now: () => number = Date.now) {
  const { log, rows } = await openAppendLog<Entry>(path);
  const byId = new Map<string, Charge>();
  const byKey = new Map<string, Charge>();
  const byReference = new Map<string, Charge[]>();
  const tombstones = new Map<string, number>();
  const refusals: { reference: string; key: string; at_ms: number }[] = [];
  const entries: BookEntry[] = [];
  let seq = 0;
  let durableSeq = 0;

  function list(charge: Charge, entrySeq: number, at_ms: number): void {
    const { id, reference, order, amount_minor, currency, status, created_ms } = charge;
    charge.history.push({ seq: entrySeq, status, at_ms });
    entries.push({ seq: entrySeq, id, reference, order, amount_minor, currency, status, created_ms, at_ms });
  }
  // The one place where an entry changes what is known: a reload and a live call go through it alike.
  function post(entry: Entry): void {
    seq = entry.seq;
    if (entry.kind === 'tombstone') tombstones.set(entry.reference, entry.at_ms);
    else if (entry.kind === 'refusal')
      refusals.push({ reference: entry.reference, key: entry.key, at_ms: entry.at_ms });
    else if (entry.kind === 'state') {
      const charge = byId.get(entry.id);
      if (charge === undefined)
        throw new Error(`${path}: entry ${entry.seq} names a charge that is not there`);
      charge.status = entry.status;
      list(charge, entry.seq, entry.at_ms);
    } else {
      const { kind: _kind, seq: entrySeq, ...fields } = entry;
      const charge: Charge = { ...fields, history: [] };
      byId.set(charge.id, charge);
      byKey.set(charge.key, charge);
      byReference.set(charge.reference, [...(byReference.get(charge.reference) ?? []), charge]);
      list(charge, entrySeq, charge.created_ms);
    }
  }
  for (const entry of rows) post(entry);
  durableSeq = seq;

  async function record(entry: Entry): Promise<void> {
    post(entry);
    await log.append(entry);
    durableSeq = Math.max(durableSeq, entry.seq);
  }

  return {
    /** Decided at once, told when durable: the same key twice at once is one charge, and both wait for the same disk. */
    async authorize(key: string, request: AuthorizationRequest): Promise<Authorization> {
      const fingerprint = fingerprintOf(request);
      const known = byKey.get(key);
      if (known !== undefined) {
        if (known.fingerprint !== fingerprint) return { kind: 'key_reused' };
        await log.flushed();
        return { kind: 'decided', charge: known, replayed: true };
      }
      const { reference, order, amount_minor, currency } = request;
      if (tombstones.has(reference)) {
        await record({ seq: seq + 1, kind: 'refusal', reference, key, at_ms: now() });
        return { kind: 'refused' };
      }
      const declined = request.token.startsWith('tok_decline_');
      const id = `ch_${randomUUID().replaceAll('-', '')}`;
      await record({
        ...{ seq: seq + 1, kind: 'charge', id, key, fingerprint, reference, order, amount_minor, currency },
        status: declined ? 'declined' : 'approved',
        decline_code: declined ? 'insufficient_funds' : null,
        created_ms: now(),
      });
      return { kind: 'decided', charge: byId.get(id)!, replayed: false };
    },
    /** Voids what exists under the reference and leaves a tombstone for whatever arrives later. */
    async void(reference: string): Promise<number> {
      const live = (byReference.get(reference) ?? []).filter(
        (charge) => charge.status === 'approved' || charge.status === 'captured',
      );
      const at_ms = now();
      const writes = live.map(({ id }) =>
        record({ seq: seq + 1, kind: 'state', id, status: 'voided', at_ms }),
      );
      if (!tombstones.has(reference))
        writes.push(record({ seq: seq + 1, kind: 'tombstone', reference, at_ms }));
      await Promise.all([...writes, log.flushed()]);
      return live.length;
    },
    async capture(id: string): Promise<Capture> {
      const charge = byId.get(id);
      if (charge === undefined) return { kind: 'unknown_charge' };
      if (charge.status === 'approved')
        await record({ seq: seq + 1, kind: 'state', id, status: 'captured', at_ms: now() });
      else if (charge.status !== 'captured') return { kind: 'not_capturable', status: charge.status };
      await log.flushed();
      return { kind: 'captured', charge };
    },
    async query(reference: string): Promise<readonly Charge[]> {
      // A reader must never be told what a crash could still undo.
      await log.flushed();
      return byReference.get(reference) ?? [];
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
    async everything() {
      await log.flushed();
      return {
        charges: [...byId.values()],
        tombstones: [...tombstones].map(([reference, at_ms]) => ({ reference, at_ms })),
        refusals,
      };
    },
    close: () => log.close(),
  };
}
