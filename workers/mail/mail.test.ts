import { expect, test } from 'vitest';
import { locales } from './locale.ts';
import { type MailFacts, mailOf, messageIdOf } from './mail.ts';
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
