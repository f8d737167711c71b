// A provider's webhooks: who is told of what, and every way in which telling goes wrong: late, twice, out of order,
// before the answer of the call that caused it. Kept in memory: a provider that restarts has forgotten whom to tell.
import { z } from 'zod';
import { seededRandom } from '../../loadtests/profile.ts';
import type { Booked } from './journal.ts';
import { deliver, type Endpoint } from './webhook-delivery.ts';
import { type WebhookEvent, webhookEvent, webhookTopics } from './webhook-event.ts';

const maxDelayMs = 60_000;
// Long enough for a burst to gather behind one event, short enough for a test.
const reorderWindowMs = 250;
// A shop that is away for long loses the rest, and `dropped` says so.
const mostPending = 10_000;

export const subscription = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  secret: z.string().min(16).max(200),
  events: z.array(z.enum(webhookTopics)).min(1),
  delay_ms: z.number().int().min(0).max(maxDelayMs).default(0),
  /** Share of the events that are delivered twice. */
  duplicate_share: z.number().min(0).max(1).default(0),
  /** Events that come close together are told in the opposite order. */
  reorder: z.boolean().default(false),
  /** The first try ends before the call that caused the event is answered. */
  before_answer: z.boolean().default(false),
});
type Subscription = z.infer<typeof subscription>;

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks() {
  let subscribed: Subscription | null = null;
  let random = seededRandom(1);
  const counts = { events: 0, tries: 0, delivered: 0, duplicates: 0, pending: 0, dropped: 0 };
  const stopping = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const deliveries = new Set<Promise<void>>();
  let gathered: string[] = [];

  const endpoint = (): Endpoint | null => subscribed;
  const after = (ms: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  function send(text: string): Promise<void> {
    counts.pending += 1;
    const { tried, ended } = deliver(text, endpoint, stopping.signal, (delivered) => {
      counts.tries += 1;
      if (delivered) counts.delivered += 1;
    });
    const over = ended.finally(() => {
      counts.pending -= 1;
      deliveries.delete(over);
    });
    deliveries.add(over);
    return tried;
  }
  function gather(text: string): void {
    gathered.push(text);
    if (gathered.length > 1) return;
    after(reorderWindowMs, () => {
      const backwards = gathered.reverse();
      gathered = [];
      const inTurn = async () => {
        for (const each of backwards) await send(each);
      };
      const sent = inTurn().finally(() => deliveries.delete(sent));
      deliveries.add(sent);
    });
  }
  function tell({ body }: WebhookEvent, to: Subscription): Promise<void> | void {
    counts.events += 1;
    if (counts.pending + timers.size + gathered.length >= mostPending) {
      counts.dropped += 1;
      return;
    }
    const text = JSON.stringify(body);
    const twice = random() < to.duplicate_share;
    if (twice) counts.duplicates += 1;
    const copies = twice ? [text, text] : [text];
    if (to.before_answer) return Promise.all(copies.map(send)).then(() => undefined);
    for (const copy of copies)
      if (to.reorder) gather(copy);
      else if (to.delay_ms === 0) void send(copy);
      else after(to.delay_ms, () => void send(copy));
  }

  const booked: Booked = (entry, charge, answered) => {
    if (subscribed === null) return;
    const event = webhookEvent(entry, charge, answered);
    const { events } = subscribed;
    if (event === null || !event.topics.some((topic) => events.includes(topic))) return;
    return tell(event, subscribed);
  };

  return {
    booked,
    subscribe(request: Subscription): void {
      subscribed = request;
      random = seededRandom(1);
    },
    unsubscribe(): void {
      subscribed = null;
    },
    /** Without the secret. */
    status() {
      if (subscribed === null) return { subscription: null, ...counts };
      const { secret: _secret, ...subscription } = subscribed;
      return { subscription, ...counts, pending: counts.pending + timers.size };
    },
    async close(): Promise<void> {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(deliveries);
    },
  };
}
