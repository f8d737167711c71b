// One customer's journey, as k6 walks it: look, cart, lines, address, rates, quote, order. Expected refusals are answers.
import { sleep } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Counter } from 'k6/metrics';
import type { ShopperCall } from '../core/checkout/steps.ts';
import { cartId, firstShippingMethod, isSoldOut, quoteIn, submissionAnswer } from './shop-answers.ts';
import { points, reloadSeconds, type ReplayPlan } from './replay-plan.ts';
import type { PlannedSession } from './schedule.ts';
import type { ShopperRecord } from './shopper-record.ts';
import { outcomeOf } from './shopper-outcome.ts';

type Answer = RefinedResponse<'text'>;
type Line = PlannedSession['lines'][number];
type Quote = NonNullable<ReturnType<typeof quoteIn>>;

export interface Visit {
  readonly plan: ReplayPlan;
  readonly index: number;
  readonly session: PlannedSession;
  readonly intendedMs: number;
  readonly startedMs: number;
}

const sent = new Counter(points.submissionSent);
const submissions = new Counter(points.submission);
const abandoned = new Counter(points.sessionAbandoned);
// Declined, sold out and overloaded are what a shop may answer; k6 would call them failed requests.
const answers = http.expectedStatuses({ min: 200, max: 399 }, 402, 409, 422, 429, 503);

export function shop(visit: Visit): void {
  const { plan, session } = visit;
  const traceId = hex(32);
  const call = caller(plan, traceId);
  const [first] = session.lines;
  if (first === undefined) throw new Error(`session ${visit.index} has no line`);
  if (!done('atp', call('atp', 'GET', `${plan.ordersUrl}/v1/atp/${first.sku}`))) return;
  const made = call('cart', 'POST', `${plan.checkoutUrl}/v1/carts`, {
    market: session.market,
    currency: 'GBP',
  });
  if (!done('cart', made)) return;
  const cart = cartId(textOf(made));
  if (cart === null) {
    abandon('cart', made);
    return;
  }
  const at = `${plan.checkoutUrl}/v1/carts/${cart}`;
  const bought: Line[] = [];
  for (const line of session.lines) {
    const added = call('line', 'POST', `${at}/lines`, line);
    // Others have the last of it in their carts: the shopper goes on with what is left.
    if (isSoldOut(added.status, textOf(added))) continue;
    if (!done('line', added)) return;
    bought.push(line);
  }
  if (session.stage === 'cart' || bought.length === 0) return;

  pause(session, 0);
  if (!done('address', call('address', 'PUT', `${at}/address`, address(visit)))) return;
  const rated = call('rates', 'GET', `${at}/rates`);
  if (!done('rates', rated)) return;
  const method = firstShippingMethod(textOf(rated));
  if (method === null) {
    abandon('rates', rated);
    return;
  }
  pause(session, 1);
  const quoted = call('quote', 'POST', `${at}/quote`, { shipping_method: method });
  if (!done('quote', quoted)) return;
  const quote = quoteIn(textOf(quoted));
  if (quote === null) {
    abandon('quote', quoted);
    return;
  }
  if (session.stage === 'checkout') return;

  pause(session, 2);
  submit(visit, { cartId: cart, bought, quote, traceId });
}

interface Basket {
  readonly cartId: string;
  readonly bought: readonly Line[];
  readonly quote: Quote;
  readonly traceId: string;
}

function submit(visit: Visit, { cartId, bought, quote, traceId }: Basket): void {
  const { plan, index, session } = visit;
  const click = `${plan.run}-${plan.phase}-${index}`;
  const body = JSON.stringify({
    cart_id: cartId,
    quote_id: quote.id,
    payment: { method: 'card', token: `tok_${session.decline ? 'decline' : 'ok'}_${plan.phase}${index}` },
  });
  const request = () => ({
    method: 'POST',
    url: `${plan.checkoutUrl}/v1/orders`,
    body,
    params: params(plan, 'order', traceId, true, { 'idempotency-key': click }),
  });
  const presses = session.double_submit ? [request(), request()] : [request()];
  sent.add(presses.length);
  const submittedMs = Date.now();
  const answered = http.batch(presses) as unknown as Answer[];
  const lastMs = Date.now();
  answered.forEach((answer, i) => {
    const { outcome, orderId, amountMinor } = outcomeOf(answer.status, submissionAnswer(textOf(answer)));
    const { blocked, connecting, tls_handshaking, duration } = answer.timings;
    const spentMs = Math.round(blocked + connecting + tls_handshaking + duration);
    report({
      phase: plan.phase,
      session: index,
      click,
      submission: i === 0 ? 1 : 2,
      cart_id: cartId,
      order_id: orderId,
      outcome,
      status: answer.status,
      amount_minor: amountMinor ?? quote.total_minor,
      currency: quote.currency,
      lines: bought,
      intended_ms: Math.round(visit.intendedMs),
      started_ms: visit.startedMs,
      submitted_ms: submittedMs,
      // Of two presses the first to be answered must not wait for the other; without an answer, when we gave up.
      answered_ms:
        presses.length === 1 || answer.status === 0 ? lastMs : Math.min(lastMs, submittedMs + spentMs),
      trace_id: traceId,
    });
    if (outcome === 'confirming' && i === 0) {
      sleep(reloadSeconds);
      caller(plan, traceId)('status', 'GET', `${plan.checkoutUrl}/v1/orders/${orderId}`);
    }
  });
}

/** The record rides the metadata of its own counter point: metadata makes no time series, and JSON output drops nothing. */
function report(record: ShopperRecord): void {
  exec.vu.metrics.metadata.record = JSON.stringify(record);
  submissions.add(1);
  delete exec.vu.metrics.metadata.record;
}

function abandon(step: ShopperCall, answer: Answer): void {
  exec.vu.metrics.metadata.at = `${step} ${answer.status}`;
  abandoned.add(1);
  delete exec.vu.metrics.metadata.at;
}

function done(step: ShopperCall, answer: Answer): boolean {
  if (answer.status >= 200 && answer.status < 300) return true;
  abandon(step, answer);
  return false;
}

function caller(plan: ReplayPlan, traceId: string) {
  // Reads are sampled at 1 % here as in the shop itself; a submission is always.
  const sampled = Math.random() < 0.01;
  return (step: ShopperCall, method: string, url: string, body?: object): Answer =>
    http.request(
      method,
      url,
      body === undefined ? null : JSON.stringify(body),
      params(plan, step, traceId, sampled),
    );
}

function params(
  plan: ReplayPlan,
  step: ShopperCall,
  traceId: string,
  sampled: boolean,
  headers: object = {},
) {
  return {
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${hex(16)}-0${sampled ? 1 : 0}`,
      ...headers,
    },
    tags: { name: step },
    timeout: `${plan.requestTimeoutSeconds}s`,
    responseType: 'text' as const,
    responseCallback: answers,
  };
}

function address({ plan, index, session }: Visit) {
  return {
    email: `shopper-${plan.seed}-${plan.phase}-${index}@shop.example`,
    name: 'Sam Shopper',
    line1: '1 High Street',
    city: 'Anytown',
    postal_code: 'AB1 2CD',
    country: session.market,
  };
}

/** k6 has no body at all for a request without an answer. */
const textOf = (answer: Answer): string => answer.body ?? '';

const pause = (session: PlannedSession, which: number) => sleep((session.think_ms[which] ?? 0) / 1000);

function hex(digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(Math.random() * 0x10000)
      .toString(16)
      .padStart(4, '0');
  return text;
}
