import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { locales } from './locale.ts';
import { type Mail, type MailFacts, mailOf, messageIdOf } from './mail.ts';
import { messageOf } from './message.ts';
import { orderConfirmation } from './order-confirmation.ts';
import { orderRefunded } from './order-refunded.ts';
import { orderShipped } from './order-shipped.ts';

const facts: MailFacts = {
  order_id: 'ord_1',
  email: 'buyer@example.test',
  name: 'A. Buyer',
  market: 'GB',
  currency: 'GBP',
  total_minor: 995,
  items: [{ sku: 'AAAA1111', quantity: 2 }],
  amount_minor: 395,
};
const key = (kind: string, subjectId?: string) => ({ orderId: 'ord_1', kind, subjectId });
const templates = [orderConfirmation, orderShipped, orderRefunded];

test.each([
  ['GB', 'en', '£9.95'],
  ['DE', 'de', '9,95'],
  ['FR', 'fr', '9,95'],
  ['BR', 'en', '£9.95'],
])('a buyer in %s is written to in %s', (market, locale, total) => {
  const mail = mailOf(orderConfirmation, key('order-confirmation'), { ...facts, market });
  expect(mail.html).toContain(`<html lang="${locale}">`);
  expect(mail.text).toContain(total);
  expect(mail.subject).toContain('ord_1');
});

test('every template speaks every language, each in words of its own', () => {
  for (const template of templates) {
    const letters = locales.map((locale) => template.letters[locale](facts));
    for (const part of ['opening', 'closing'] as const)
      expect(new Set(letters.map((letter) => letter[part])).size).toBe(locales.length);
  }
});

test.each(templates)('what a buyer typed is text in their mail, never markup: $kind', (template) => {
  const typed = `<img src=x onerror="alert('1')">&\r\nTotal: £0.00`;
  const mail = mailOf(template, key(template.kind), { ...facts, name: typed });
  expect(mail.html).not.toContain('<img');
  expect(mail.html).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;');
  expect(mail.text.split('\n')).not.toContain('Total: £0.00');
});

test('a currency without minor units is written without any', () => {
  const mail = mailOf(orderConfirmation, key('order-confirmation'), { ...facts, currency: 'JPY' });
  expect(mail.text).toContain('995');
  expect(mail.text).not.toContain('9.95');
});

test('two parcels of one order are two mails, the same parcel twice is one', () => {
  const id = (subject?: string) => messageIdOf(key('order-shipped', subject));
  expect(new Set([id('shp_1'), id('shp_2'), id('shp_1'), id()]).size).toBe(3);
});

const sent = new Date('2026-11-21T08:00:00Z');

test.each(locales)('what goes over the wire reads as it was written, in %s', async (locale) => {
  const market = { en: 'GB', de: 'DE', fr: 'FR' }[locale];
  const name = 'Zoë 漢字 '.repeat(30);
  const mail = mailOf(orderConfirmation, key('order-confirmation'), { ...facts, market, name });
  const subject = 'Ihre Bestellung für Zoë: 漢字 🎁 '.repeat(6).trim();
  const message = messageOf({ ...mail, subject }, sent);
  expect(message).toMatch(/^[\x20-\x7e\r\n]*$/);
  expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
  const read = await PostalMime.parse(message);
  expect(read).toMatchObject({
    subject,
    from: { name: 'Headroom Shop' },
    to: [{ address: facts.email }],
    messageId: mail.messageId,
    date: sent.toISOString(),
  });
  const plain = (text = '') => text.replaceAll('\r\n', '\n').trim();
  expect([plain(read.text), plain(read.html)]).toEqual([mail.text, mail.html]);
  for (const [header, value] of Object.entries(mail.headers))
    expect(read.headers).toContainEqual(expect.objectContaining({ key: header.toLowerCase(), value }));
});

test('nothing that is put into a mail can write a header of it', () => {
  const mail = mailOf(orderConfirmation, key('order-confirmation'), facts);
  const forged: Partial<Mail>[] = [
    { to: 'buyer@example.test\r\nBcc: other@example.test' },
    { subject: 'Hello\nBcc: other@example.test' },
    { messageId: '<x>\r\n\r\nbody' },
    { headers: { 'X-Headroom-Order-Id': 'ord_1\r\nBcc: other@example.test' } },
  ];
  for (const part of forged) expect(() => messageOf({ ...mail, ...part }, sent)).toThrow(/is not one line/);
  expect(messageOf({ ...mail, text: 'Hello\r\n--=_headroom_=--\r\nBcc: x' }, sent)).not.toContain('Bcc');
});
