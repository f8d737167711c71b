// The four ledgers after a crash, compared by the same rules as a drill's.
import { compareLedgers } from '../../chaos/ledgers/compare.ts';
import { readDatabase } from '../../chaos/ledgers/database.ts';
import { toChecks } from '../../chaos/ledgers/finding.ts';
import { readMailbox } from '../../chaos/ledgers/mailbox.ts';
import { readProviders } from '../../chaos/ledgers/providers.ts';
import { type Ledgers, type MailRow, shopperRow } from '../../chaos/ledgers/rows.ts';
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import type { Scene } from './scene.ts';

export async function readLedgers({ ground, told, seededStock }: Scene): Promise<Ledgers> {
  return {
    shoppers: told.map((record) => shopperRow.parse(record)),
    providers: await readProviders(ground.lab.url),
    database: await readDatabase(ground.ownerUrl),
    mailbox: await readMailbox(ground.mailboxFile),
    seededStock,
  };
}

export interface Mails {
  readonly mails: readonly MailRow[];
  readonly sentAgain: number;
}

/**
 * A worker killed between the mail server's "accepted" and its own note of it sends the mail again, under the same
 * Message-ID: mail has no transaction that could span both. One Message-ID is one mail; two of them are a fault.
 */
export function distinctMails(mailbox: readonly MailRow[]): Mails {
  const seen = new Set<string>();
  const mails = mailbox.filter(({ message_id, recipient_sha256 }) => {
    if (message_id === null) return true;
    const key = `${message_id} ${recipient_sha256}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return { mails, sentAgain: mailbox.length - mails.length };
}

export function ledgerChecks(ledgers: Ledgers): CheckResult[] {
  return toChecks(compareLedgers({ ...ledgers, mailbox: distinctMails(ledgers.mailbox).mails }));
}
