import { amount, type Locale } from './locale.ts';
import type { MailFacts, MailTemplate } from './mail.ts';

const refunded = (locale: Locale, facts: MailFacts) => amount(locale, facts.amount_minor, facts.currency);

export const orderRefunded: MailTemplate = {
  kind: 'order-refunded',
  unwantedIn: [],
  letters: {
    en: (facts) => ({
      subject: `A refund for your order ${facts.order_id}`,
      opening: 'We have given you money back, to what you paid with.',
      rows: [
        ['Order', facts.order_id],
        ['Refunded', refunded('en', facts)],
      ],
      closing: 'Your bank may take a few days to show it.',
    }),
    de: (facts) => ({
      subject: `Eine Erstattung zu Ihrer Bestellung ${facts.order_id}`,
      opening: 'Wir haben Ihnen Geld erstattet, auf das Zahlungsmittel Ihrer Bestellung.',
      rows: [
        ['Bestellung', facts.order_id],
        ['Erstattet', refunded('de', facts)],
      ],
      closing: 'Bis Ihre Bank es anzeigt, können einige Tage vergehen.',
    }),
    fr: (facts) => ({
      subject: `Un remboursement pour votre commande ${facts.order_id}`,
      opening: 'Nous vous avons remboursé sur votre moyen de paiement.',
      rows: [
        ['Commande', facts.order_id],
        ['Remboursé', refunded('fr', facts)],
      ],
      closing: 'Votre banque peut mettre quelques jours à l’afficher.',
    }),
  },
};
