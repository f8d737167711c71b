// Checkout overview: one row a step in the order a request takes, the verdict first, what explains it last.
import type { Board } from './board.ts';
import { orderRows } from './order-rows.ts';
import { shopperRows } from './shopper-rows.ts';
import { regionChoice } from './shared/submissions.ts';

export const checkout: Board = {
  name: 'checkout',
  title: 'Checkout overview',
  description: 'From the cart to the confirmation: is it working, who is affected, where is it stuck.',
  choices: [regionChoice],
  rows: [...shopperRows, ...orderRows],
};
