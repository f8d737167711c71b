import { amount, type Locale } from './locale.ts';
import type { MailFacts, MailTemplate } from './mail.ts';

const total = (locale: Locale, facts: MailFacts) => amount(locale, facts.total_minor, facts.currency);

export const orderConfirmation: MailTemplate = {
  kind: 'order-confirmation',
  unwantedIn: ['pending_payment', 'cancelled'],
  letters: {
    en: (facts) => ({
      subject: `Your order ${facts.order_id}`,
      opening: 'Thank you for your order.',
      rows: [
        ['Order', facts.order_id],
        ['Total', total('en', facts)],
      ],
      closing: 'We will write again when it leaves our warehouse.',
    }),
    de: (facts) => ({
      subject: `Ihre Bestellung ${facts.order_id}`,
      opening: 'Vielen Dank für Ihre Bestellung.',
      rows: [
        ['Bestellung', facts.order_id],
        ['Summe', total('de', facts)],
      ],
      closing: 'Wir schreiben Ihnen wieder, wenn sie unser Lager verlässt.',
    }),
    fr: (facts) => ({
      subject: `Votre commande ${facts.order_id}`,
      opening: 'Merci pour votre commande.',
      rows: [
        ['Commande', facts.order_id],
        ['Total', total('fr', facts)],
      ],
      closing: 'Nous vous écrirons de nouveau lorsqu’elle quittera notre entrepôt.',
    }),
  },
};
