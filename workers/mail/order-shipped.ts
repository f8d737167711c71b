import type { MailFacts, MailTemplate } from './mail.ts';

const items = ({ items }: MailFacts) => items.map(({ sku, quantity }) => [sku, `× ${quantity}`] as const);

export const orderShipped: MailTemplate = {
  kind: 'order-shipped',
  unwantedIn: [],
  letters: {
    en: (facts) => ({
      subject: `A parcel of your order ${facts.order_id} is on its way`,
      opening: 'It was handed to the carrier. In this parcel:',
      rows: items(facts),
      closing: 'An order may come in several parcels; each has a mail of its own.',
    }),
    de: (facts) => ({
      subject: `Ein Paket Ihrer Bestellung ${facts.order_id} ist unterwegs`,
      opening: 'Es wurde dem Zusteller übergeben. In diesem Paket:',
      rows: items(facts),
      closing: 'Eine Bestellung kann in mehreren Paketen kommen; zu jedem schreiben wir Ihnen.',
    }),
    fr: (facts) => ({
      subject: `Un colis de votre commande ${facts.order_id} est en route`,
      opening: 'Il a été remis au transporteur. Dans ce colis :',
      rows: items(facts),
      closing: 'Une commande peut arriver en plusieurs colis ; chacun a son propre message.',
    }),
  },
};
