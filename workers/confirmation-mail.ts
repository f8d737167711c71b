// What the confirmation says. Pure.

export interface OrderToConfirm {
  readonly order_id: string;
  readonly email: string;
  readonly total_minor: number;
  readonly currency: string;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const confirmationKind = 'order-confirmation';
// A reserved top-level domain: nobody's mail by accident, whoever runs this.
const mailDomain = 'orders.headroom.invalid';
export const sender = `Headroom Shop <orders@${mailDomain}>`;

/** The same for every try: a mailbox that got the mail twice can tell, and so can the ledger. */
export const messageIdOf = (orderId: string) => `<${orderId}.${confirmationKind}@${mailDomain}>`;

function amount(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

export function confirmationMail(order: OrderToConfirm): Mail {
  return {
    to: order.email,
    subject: `Your order ${order.order_id}`,
    text: [
      'Thank you for your order.',
      '',
      `Order: ${order.order_id}`,
      `Total: ${amount(order.total_minor, order.currency)}`,
      '',
      'We will write again when it leaves our warehouse.',
    ].join('\n'),
    messageId: messageIdOf(order.order_id),
    headers: { 'X-Headroom-Order-Id': order.order_id },
  };
}
