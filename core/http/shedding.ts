// Who is let in while there is too much to do: what earns least is refused first, so that submissions live longest.
import type { Priority } from '../telemetry/metrics/limits.ts';

/**
 * The share of a limit at which a priority is let in no more. A submission ends what reads, carts and quotes began, and
 * is never refused here: the cap on submissions in flight is theirs.
 */
const closesAt = {
  read: 0.5,
  cart: 0.7,
  quote: 0.85,
  submission: Number.POSITIVE_INFINITY,
} as const satisfies Record<Priority, number>;
/** It is opened again well below, or every second request would be refused at the edge. */
const reopensBelow = 0.8;

export interface SheddingLimits {
  readonly maxInFlight: number;
  readonly maxLagMs: number;
}

export interface Shedding {
  /** The way out when it is let in, null when not. */
  enter(priority: Priority): (() => void) | null;
}

export function createShedding({ maxInFlight, maxLagMs }: SheddingLimits, lagMs: () => number): Shedding {
  let inside = 0;
  const closed = new Set<Priority>();

  function isClosed(priority: Priority): boolean {
    const load = Math.max(inside / maxInFlight, lagMs() / maxLagMs);
    const edge = closesAt[priority];
    if (load >= edge) closed.add(priority);
    else if (load < edge * reopensBelow) closed.delete(priority);
    return closed.has(priority);
  }

  return {
    enter(priority) {
      if (isClosed(priority)) return null;
      inside += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        inside -= 1;
      };
    },
  };
}

const quotePath = /^\/v1\/carts\/[^/]+\/(rates|quote)$/;

/** What a request is worth. Services among themselves and providers' webhooks end something that was begun. */
export function priorityOf(method: string, path: string): Priority {
  if (path.startsWith('/internal/') || path.startsWith('/v1/webhooks/')) return 'submission';
  if (method === 'POST' && (path === '/v1/orders' || path === '/v1/payments')) return 'submission';
  if (quotePath.test(path)) return 'quote';
  // A warehouse's count: without it stock is sold by an older one.
  if (path.startsWith('/v1/stock-feed/')) return 'cart';
  // Who asks after their order would order again if they got no answer.
  if (path.startsWith('/v1/orders/')) return 'cart';
  return path.startsWith('/v1/carts') && method !== 'GET' ? 'cart' : 'read';
}
