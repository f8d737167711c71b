// Who is odd among witnesses of one fact. Pure.
import type { LedgerName } from './rows.ts';

export interface Witness {
  readonly ledger: LedgerName;
  /** Where in the ledger: two rows of one ledger are two sources, but one ledger. */
  readonly source: string;
  readonly value: string;
}

export type Testimony =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'odd'; readonly odd: readonly Witness[]; readonly majority: string }
  /** No single ledger stands against the others: nobody can be blamed, nobody can be believed. */
  | { readonly kind: 'tied'; readonly witnesses: readonly Witness[] };

interface Support {
  readonly value: string;
  readonly ledgers: number;
  readonly sources: number;
}

/** More ledgers outweigh more rows: three rows written by one hand are one opinion. Rows decide between equals. */
const stronger = (a: Support, b: Support) => b.ledgers - a.ledgers || b.sources - a.sources;

export function hear(witnesses: readonly Witness[]): Testimony {
  const values = [...new Set(witnesses.map((witness) => witness.value))];
  if (values.length <= 1) return { kind: 'agreed' };
  const supports = values
    .map((value): Support => {
      const own = witnesses.filter((witness) => witness.value === value);
      return { value, ledgers: new Set(own.map((witness) => witness.ledger)).size, sources: own.length };
    })
    .sort(stronger);
  const [first, second] = [supports[0]!, supports[1]!];
  if (stronger(first, second) === 0) return { kind: 'tied', witnesses };
  const odd = witnesses.filter((witness) => witness.value !== first.value);
  // Two ledgers that say the same against the rest do not lie by chance: the shop itself is in two minds.
  if (new Set(odd.map((witness) => witness.ledger)).size > 1) return { kind: 'tied', witnesses };
  return { kind: 'odd', odd, majority: first.value };
}
