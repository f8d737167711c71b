// The explicit list: adding an act is adding its file in acts/ here, and the event it makes in dashboards/events.ts.
import type { Act } from './act.ts';
import { cancellation } from './acts/cancellation.ts';
import { deadLetter } from './acts/dead-letter.ts';
import { disputes } from './acts/disputes.ts';
import { eagerClient } from './acts/eager-client.ts';
import { earlyWebhook } from './acts/early-webhook.ts';
import { fraudReview } from './acts/fraud-review.ts';
import { goodsReturned } from './acts/goods-returned.ts';
import { killSwitch } from './acts/kill-switch.ts';
import { pausedQueue } from './acts/paused-queue.ts';
import { providersAway } from './acts/providers-away.ts';
import { refunds } from './acts/refunds.ts';
import { repeatedCall } from './acts/repeated-call.ts';
import { secondPayment } from './acts/second-payment.ts';
import { settlement } from './acts/settlement.ts';
import { stockFeed } from './acts/stock-feed.ts';
import { transfer } from './acts/transfer.ts';

export const acts: readonly Act[] = [
  cancellation,
  refunds,
  goodsReturned,
  disputes,
  earlyWebhook,
  settlement,
  secondPayment,
  fraudReview,
  stockFeed,
  transfer,
  killSwitch,
  repeatedCall,
  providersAway,
  eagerClient,
  deadLetter,
  pausedQueue,
];

/** Who makes it happen, for whoever finds that it did not. */
export const actsThatMake = (event: string): readonly string[] =>
  acts.filter(({ makes }) => makes.some((made) => made === event)).map(({ name }) => name);
