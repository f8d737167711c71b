// One call at a provider of the lab: the base latency, the fault if one bites, the effect, the answer or the cut.
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Faults, LabProvider, Operation } from './faults.ts';

type LabContext = Context<{ Bindings: HttpBindings }>;

export interface Desk {
  /** Makes `effect` as this provider would, or as the fault that bites makes it; it is told whether its answer will
      ever arrive. */
  serve(
    c: LabContext,
    operation: Operation,
    effect: (answered: boolean) => Promise<Response>,
  ): Promise<Response>;
}

/** Charges accepted but not made yet. A stopping provider makes them first: it has accepted them. */
export interface LateEffects {
  schedule(afterMs: number, effect: () => Promise<unknown>): void;
  finish(): Promise<void>;
}

export function createLateEffects(onError: (error: unknown) => void): LateEffects {
  const waiting = new Map<NodeJS.Timeout, () => Promise<void>>();
  const running = new Set<Promise<void>>();
  return {
    schedule(afterMs, effect) {
      const run = async () => {
        waiting.delete(timer);
        try {
          await effect();
        } catch (error) {
          onError(error);
        }
      };
      const timer = setTimeout(() => {
        const made = run().finally(() => running.delete(made));
        running.add(made);
      }, afterMs);
      waiting.set(timer, run);
    },
    async finish() {
      const rest = [...waiting];
      for (const [timer] of rest) clearTimeout(timer);
      await Promise.all([...rest.map(([, run]) => run()), ...running]);
    },
  };
}

function cut(c: LabContext): Response {
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

export function openDesk(
  provider: LabProvider,
  faults: Faults,
  late: LateEffects,
  baseLatencyMs: number,
): Desk {
  return {
    async serve(c, operation, effect) {
      const bite = faults.bite(provider, operation);
      if (baseLatencyMs > 0) await delay(baseLatencyMs);
      switch (bite?.position) {
        case undefined:
          return effect(true);
        case 'before':
          return c.json({ error: 'unavailable', executed: false }, 503);
        case 'error':
          return c.json({ error: 'internal' }, 500);
        case 'slow':
          await delay(bite.delayMs);
          return effect(true);
        case 'after':
          await effect(false);
          await delay(bite.delayMs);
          return cut(c);
        case 'late':
          late.schedule(bite.delayMs + bite.afterCutMs, () => effect(false).finally(() => bite.effectDone()));
          await delay(bite.delayMs);
          return cut(c);
      }
    },
  };
}
