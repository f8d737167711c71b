// A mail as it is handed to SMTP: from one template and the facts of one order, in the buyer's language. Pure.
import { asHtml, asText } from './layout.ts';
import { type Locale, localeOf } from './locale.ts';

/** What a template may speak of. Read from the database when the mail is sent; no job carries it. */
export interface MailFacts {
  readonly order_id: string;
  readonly email: string;
  readonly name: string;
  readonly market: string;
  readonly currency: string;
  readonly total_minor: number;
  /** Of the parcel or the refund it is about; empty and 0 for a mail about the whole order. */
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly amount_minor: number;
}

/** Plain words: what a customer typed is escaped where they become HTML, and nowhere else. */
export interface Letter {
  readonly subject: string;
  readonly opening: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly closing: string;
}

export interface MailTemplate {
  readonly kind: string;
  /** A mail overtaken by what became of its order is not sent. */
  readonly unwantedIn: readonly string[];
  /** A language without its words does not compile. */
  readonly letters: Readonly<Record<Locale, (facts: MailFacts) => Letter>>;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

// A reserved top-level domain: nobody's mail by accident, whoever runs this.
const mailDomain = 'orders.headroom.invalid';
export const senderAddress = `orders@${mailDomain}`;
export const sender = `Headroom Shop <${senderAddress}>`;

/** One mail an order, kind and subject: which parcel, which refund. */
export interface MailKey {
  readonly orderId: string;
  readonly kind: string;
  readonly subjectId: string | undefined;
}

/** As `orders.notifications` names it. */
export const recordKind = ({ kind, subjectId }: MailKey) =>
  subjectId === undefined ? kind : `${kind}:${subjectId}`;

/** The same for every try: a mailbox that got the mail twice can tell, and so can the ledger. */
export const messageIdOf = (key: MailKey) =>
  `<${key.orderId}.${recordKind(key).replaceAll(/[^A-Za-z0-9_-]/g, '.')}@${mailDomain}>`;

export function mailOf(template: MailTemplate, key: MailKey, facts: MailFacts): Mail {
  const locale = localeOf(facts.market);
  const letter = template.letters[locale](facts);
  return {
    to: facts.email,
    subject: letter.subject,
    text: asText(letter, facts.name, locale),
    html: asHtml(letter, facts.name, locale),
    messageId: messageIdOf(key),
    headers: { 'X-Headroom-Order-Id': facts.order_id, 'X-Headroom-Mail': template.kind },
  };
}
