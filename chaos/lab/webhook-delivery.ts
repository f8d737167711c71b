// Telling one endpoint of one event: signed afresh on every try, tried until it says 2xx.
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const attemptLimitMs = 5_000;
const firstPauseMs = 200;
const longestPauseMs = 30_000;

export interface Endpoint {
  readonly url: string;
  readonly secret: string;
}

/** `t` is part of what is signed, so that an old delivery cannot be sent again as a new one. */
function signature(secret: string, body: string, unixSeconds: number): string {
  const mac = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
  return `t=${unixSeconds},v1=${mac}`;
}

export interface Delivery {
  /** Resolves after the first try, whatever it came to. */
  readonly tried: Promise<void>;
  /** Resolves when it was delivered, or will not be any more. */
  readonly ended: Promise<void>;
}

/** `endpoint` is asked before every try: null, and the delivery is given up. */
export function deliver(
  text: string,
  endpoint: () => Endpoint | null,
  stop: AbortSignal,
  onTry: (delivered: boolean) => void,
): Delivery {
  const delivery = randomUUID();
  const once = async (to: Endpoint): Promise<boolean> => {
    const response = await fetch(to.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'Headroom-Delivery': delivery,
        'Headroom-Signature': signature(to.secret, text, Math.floor(Date.now() / 1000)),
      },
      body: text,
      signal: AbortSignal.any([stop, AbortSignal.timeout(attemptLimitMs)]),
      // Away, slow or cut: all the same to a provider, which tries again.
    }).catch(() => null);
    await response?.arrayBuffer().catch(() => null);
    return response?.ok ?? false;
  };
  const again = async (): Promise<boolean> => {
    const to = stop.aborted ? null : endpoint();
    if (to === null) return true;
    const delivered = await once(to);
    onTry(delivered);
    return delivered;
  };
  const first = again();
  const untilDelivered = async () => {
    let over = await first;
    for (let pauseMs = firstPauseMs; !over; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      await pause(pauseMs, undefined, { signal: stop }).catch(() => undefined);
      over = await again();
    }
  };
  return { tried: first.then(() => undefined), ended: untilDelivered() };
}
