// What the contract's types cannot say about an order: its sums add up, and a SKU has one price.
import type { PlaceOrder } from '../contracts/orders-api.ts';
import { placeOrder } from '../contracts/orders-api.ts';
import { findCardNumber } from '../http/card-number.ts';

export const placeableOrder = placeOrder.superRefine((order, context) => {
  // Nothing will be placed: a cart that changed since its quote does not add up, and its first try is still asked for.
  if (order.replay_only) return;
  const wrong = (field: keyof PlaceOrder, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  const subtotal = order.lines.reduce((sum, line) => sum + line.quantity * line.unit_price_minor, 0);
  if (subtotal !== order.subtotal_minor) wrong('subtotal_minor', 'is not the sum of the lines');
  const { discount_minor = 0 } = order;
  if (discount_minor > order.subtotal_minor) wrong('discount_minor', 'is more than the goods cost');
  if (order.total_minor !== order.subtotal_minor - discount_minor + order.shipping_minor + order.tax_minor)
    wrong('total_minor', 'is not subtotal less discount, shipping and tax together');
  // Nothing to authorise: a free order needs a path without a payment, which this shop does not have.
  if (order.total_minor === 0) wrong('total_minor', 'must be more than nothing');
  // Checkout refuses it first; this is the door to the table.
  const typed = findCardNumber(order.address);
  if (typed !== null)
    context.addIssue({ code: 'custom', path: ['address', typed], message: 'holds a card number' });
  const prices = new Map<string, number>();
  for (const line of order.lines) {
    const known = prices.get(line.sku) ?? line.unit_price_minor;
    if (known !== line.unit_price_minor) wrong('lines', 'one SKU has two prices');
    prices.set(line.sku, known);
  }
});
