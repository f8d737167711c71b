// One fact that several ledgers tell, and the finding it becomes when they do not tell the same.
import { ledgerCheckOf, type LedgerFinding } from './finding.ts';
import type { LedgerName } from './rows.ts';
import { hear, type Witness } from './witness.ts';

export interface Fact {
  /** What it is about, for a person: `amount of order o_1`. */
  readonly what: string;
  readonly subject: string;
  readonly witnesses: readonly Witness[];
}

/** A witness, or none when the source has nothing to say. */
export function says(
  ledger: LedgerName,
  source: string,
  value: string | number | boolean | null | undefined,
) {
  if (value === null || value === undefined) return [];
  const text = value === true ? 'yes' : value === false ? 'no' : String(value);
  return [{ ledger, source, value: text }];
}

export function findingsOf({ what, subject, witnesses }: Fact): LedgerFinding[] {
  const testimony = hear(witnesses);
  if (testimony.kind === 'agreed') return [];
  if (testimony.kind === 'tied') {
    const said = testimony.witnesses.map(({ source, value }) => `${source}: ${value}`).join(', ');
    return [...new Set(testimony.witnesses.map(({ ledger }) => ledger))].map((ledger) => ({
      check: ledgerCheckOf(ledger),
      status: 'unknown',
      class: 'undecidable',
      subject,
      detail: `${what}: the ledgers are divided (${said})`,
    }));
  }
  const odd = new Map(testimony.odd.map((witness) => [witness.ledger, witness]));
  return [...odd.values()].map(({ ledger, source, value }) => ({
    check: ledgerCheckOf(ledger),
    status: 'fail',
    class: 'altered',
    subject,
    detail: `${what}: the ${ledger} ledger stands alone with ${value} (${source}), the others say ${testimony.majority}`,
  }));
}
