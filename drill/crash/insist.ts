// A shopper who wants an answer: the same Idempotency-Key again until the shop says something definite.
import type { ShopperOutcome, ShopperRecord } from '../../loadtests/shopper-record.ts';
import { type Ready, type Submission, submit } from '../buyer.ts';
import type { Scene } from './scene.ts';

/** One press of the button and what it was told. */
export interface Try {
  readonly sent_ms: number;
  readonly answered_ms: number;
  readonly outcome: ShopperOutcome;
}

/** Answers that say "ask again": nothing is known, or nothing could be done at this moment. */
const indefinite: ReadonlySet<ShopperOutcome> = new Set(['unknown', 'error', 'overloaded', 'in_flight']);
// The key of a process that was killed is free for another after the 5 s deadline of a submission.
// A part that is away for a minute is worth two and a half.
const patienceMs = 150_000;
const pauseMs = 250;
const longestPauseMs = 2_000;

export interface Click extends Submission {
  /** Index of the shopper. */
  readonly session: number;
  readonly press?: 1 | 2;
}

/** Presses until told; the record is the last answer, `unknown` when patience ends without one. */
export async function insist(
  { shop, signal }: Pick<Scene, 'shop' | 'signal'>,
  ready: Ready,
  click: Click,
  onTry: (one: Try) => void = () => undefined,
): Promise<ShopperRecord> {
  const started = Date.now();
  for (;;) {
    const sentMs = Date.now();
    const told = await submit(shop, ready, click);
    const answeredMs = Date.now();
    onTry({ sent_ms: sentMs, answered_ms: answeredMs, outcome: told.outcome });
    const enough = answeredMs - started > patienceMs || signal.aborted;
    if (!indefinite.has(told.outcome) || enough)
      return {
        phase: 'replay',
        session: click.session,
        click: click.key,
        submission: click.press ?? 1,
        cart_id: ready.cartId,
        order_id: told.orderId,
        outcome: told.outcome,
        status: told.status,
        amount_minor: told.amountMinor ?? ready.quote.total_minor,
        currency: ready.quote.currency,
        lines: ready.basket.lines,
        intended_ms: started,
        started_ms: started,
        submitted_ms: sentMs,
        answered_ms: answeredMs,
        trace_id: '',
      };
    const wait = Math.min(longestPauseMs, (told.retryAfterSeconds ?? 0) * 1_000);
    await new Promise((resolve) => setTimeout(resolve, Math.max(pauseMs, wait)));
  }
}
