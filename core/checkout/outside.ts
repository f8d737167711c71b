// A provider that is only asked (tax, shipping rates): deadline, breaker, bulkhead, and one jittered retry within the
// budget, which is always safe because asking changes nothing.
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { call } from '../http/client.ts';
import type { Deadline } from '../http/deadline.ts';
import { createGuard } from '../http/guard.ts';
import { createRetryBudget, jitterMs } from '../http/retry-budget.ts';

const callsAtOnce = 100;
const retryPauseMs = 50;
/** The one 4xx that is about the provider and not about the request. */
const tooMany = 429;

export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** The provider is well and does not take this request: what the shopper entered, not an outage. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unavailable'; readonly reason: string };

export type Ask<T> = (body: unknown, deadline: Deadline) => Promise<Asked<T>>;

export interface Outside<T> {
  readonly url: string;
  readonly name: string;
  readonly timeoutMs: number;
  readonly schema: z.ZodType<T>;
}

export function createAsk<T>({ url, name, timeoutMs, schema }: Outside<T>): Ask<T> {
  const budget = createRetryBudget();
  const guard = createGuard<Asked<T>>({
    capacity: callsAtOnce,
    failed: ({ kind }) => kind === 'unavailable',
  });

  async function send(body: unknown, deadline: Deadline): Promise<Asked<T>> {
    const result = await call({ method: 'POST', url, body, timeoutMs: deadline.allow(timeoutMs), name });
    if (result.kind !== 'answer') return { kind: 'unavailable', reason: result.reason };
    if (result.status >= 400 && result.status < 500 && result.status !== tooMany)
      return { kind: 'refused', status: result.status };
    if (result.status !== 200) return { kind: 'unavailable', reason: `status_${result.status}` };
    const parsed = schema.safeParse(result.body);
    return parsed.success
      ? { kind: 'answer', value: parsed.data }
      : { kind: 'unavailable', reason: 'unreadable_body' };
  }

  async function once(body: unknown, deadline: Deadline): Promise<Asked<T>> {
    const guarded = await guard.run(() => send(body, deadline));
    return guarded.kind === 'ran' ? guarded.value : { kind: 'unavailable', reason: guarded.reason };
  }

  return async (body, deadline) => {
    budget.earn();
    const first = await once(body, deadline);
    if (first.kind !== 'unavailable' || !budget.spend()) return first;
    await pause(jitterMs(retryPauseMs));
    return once(body, deadline);
  };
}
