// A payment provider's own books: charges keyed by idempotency key, every change an entry, on disk before it is told.
import { createHash, randomUUID } from 'node:crypto';
import { agreementOf } from './agreement.ts';
import { decide } from './decision.ts';
import { disputesOf } from './disputes.ts';
import type { AuthorizationRequest, Charge } from './entries.ts';
import { type Booked, openJournal } from './journal.ts';
import { operationsOf } from './operations.ts';
import type { Profile } from './profiles.ts';

export type Authorization =
  | { readonly kind: 'decided'; readonly charge: Charge; readonly replayed: boolean }
  | { readonly kind: 'key_reused' }
  /** The reference was voided before this arrived: no charge is made, ever. */
  | { readonly kind: 'refused' };

export type Books = Awaited<ReturnType<typeof openBooks>>;

export interface BooksOptions {
  readonly profile: Profile;
  readonly booked?: Booked;
  readonly now?: () => number;
}

const fingerprintOf = (r: AuthorizationRequest) =>
  createHash('sha256')
    .update(JSON.stringify([r.reference, r.order, r.amount_minor, r.currency, r.method, r.token]))
    .digest('hex');

export async function openBooks(path: string, { profile, booked, now = Date.now }: BooksOptions) {
  const journal = await openJournal(path, booked);
  const { byId, byKey, byReference, tombstones, record } = journal;

  return {
    /** Decided at once, told when durable: the same key twice at once is one charge, and both wait for the same disk. */
    async authorize(key: string, request: AuthorizationRequest, answered = true): Promise<Authorization> {
      const fingerprint = fingerprintOf(request);
      const known = byKey.get(key);
      if (known !== undefined) {
        if (known.fingerprint !== fingerprint) return { kind: 'key_reused' };
        await journal.flushed();
        return { kind: 'decided', charge: known, replayed: true };
      }
      const { reference, order, amount_minor, currency } = request;
      if (tombstones.has(reference)) {
        await record({ kind: 'refusal', reference, key, at_ms: now() }, answered);
        return { kind: 'refused' };
      }
      const id = `ch_${randomUUID().replaceAll('-', '')}`;
      await record(
        {
          ...{ kind: 'charge', id, key, fingerprint, reference, order, amount_minor, currency },
          ...decide(request, byId.values()),
          created_ms: now(),
        },
        answered,
      );
      return { kind: 'decided', charge: byId.get(id)!, replayed: false };
    },
    /** Voids what is authorised under the reference and leaves a tombstone for whatever arrives later. What was
        captured stays: that money is given back by a refund. */
    async void(reference: string): Promise<{ voided: number; captured: number }> {
      const charges = byReference.get(reference) ?? [];
      const live = charges.filter(({ status }) => status === 'approved' || status === 'pending');
      const at_ms = now();
      const writes = live.map(({ id }) => record({ kind: 'state', id, status: 'voided', at_ms }));
      if (!tombstones.has(reference)) writes.push(record({ kind: 'tombstone', reference, at_ms }));
      await Promise.all([...writes, journal.flushed()]);
      return { voided: live.length, captured: charges.filter(({ status }) => status === 'captured').length };
    },
    async query(reference: string): Promise<readonly Charge[]> {
      // A reader must never be told what a crash could still undo.
      await journal.flushed();
      return byReference.get(reference) ?? [];
    },
    ...agreementOf(journal, now),
    ...operationsOf(journal, profile, now),
    ...disputesOf(journal, now),
    list: journal.list,
    async everything() {
      await journal.flushed();
      return {
        charges: [...byId.values()],
        tombstones: [...tombstones].map(([reference, at_ms]) => ({ reference, at_ms })),
        refusals: journal.refusals,
      };
    },
    close: () => journal.close(),
  };
}
