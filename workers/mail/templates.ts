// Which event is told to the buyer, and how; one file a template beside this one. An event without one gets no mail.
import type { OrderEventV1 } from '../../core/contracts/events.ts';
import type { MailTemplate } from './mail.ts';
import { orderConfirmation } from './order-confirmation.ts';
import { orderRefunded } from './order-refunded.ts';
import { orderShipped } from './order-shipped.ts';

/** The explicit list: adding a mail is adding its file here, and `notifications` to the event's consumers. */
export const templateOf: Readonly<Partial<Record<OrderEventV1['type'], MailTemplate>>> = {
  'order.authorized': orderConfirmation,
  'order.shipped': orderShipped,
  'order.refunded': orderRefunded,
};
