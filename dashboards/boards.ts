// Every dashboard there is, in the order in which somebody who was woken reads them: adding one is adding it here.
import type { Board } from './board.ts';
import { checkout } from './checkout.ts';
import { gameDay } from './game-day.ts';
import { inventory } from './inventory.ts';
import { orders } from './orders.ts';
import { payments } from './payments.ts';
import { reconciliation } from './reconciliation.ts';
import { saturation } from './saturation.ts';
import { sloBoard } from './slo.ts';
import { verdict } from './verdict.ts';

export const boards = [
  verdict,
  checkout,
  payments,
  orders,
  inventory,
  reconciliation,
  sloBoard,
  saturation,
  gameDay,
] as const satisfies readonly Board[];
