// Faults told apart by effect position. Which call is bitten is arithmetic on a seed, so a run can be repeated;
// a lease ends every fault by itself, so none outlives the engine that asked for it.
import { z } from 'zod';
import { seededRandom } from '../../loadtests/profile.ts';

const labProviders = ['psp-primary', 'psp-backup', 'tax', 'rates', 'fraud'] as const;
export type LabProvider = (typeof labProviders)[number];
const operations = ['authorize', 'capture', 'refund', 'query', 'void', 'quote', 'screen'] as const;
export type Operation = (typeof operations)[number];
const positions = ['before', 'after', 'late', 'slow', 'error'] as const;
type Position = (typeof positions)[number];

// A lease of more than a minute would leave a shop broken for a minute after its engine died.
const maxLeaseMs = 60_000;
const maxDelayMs = 60_000;
const maxListed = 200;

export const faultRequest = z
  .strictObject({
    provider: z.enum(labProviders),
    operation: z.enum([...operations, 'any']),
    mix: z
      .array(
        z.strictObject({
          position: z.enum(positions),
          share: z.number().min(0).max(1),
          delay_ms: z.number().int().min(0).max(maxDelayMs).default(0),
        }),
      )
      .min(1)
      .max(8),
    seed: z.number().int().nonnegative().default(1),
    lease_ms: z.number().int().min(100).max(maxLeaseMs),
  })
  .refine((fault) => fault.mix.reduce((total, part) => total + part.share, 0) <= 1 + 1e-9, {
    path: ['mix'],
    message: 'shares sum to more than 1',
  })
  .refine((fault) => fault.operation === 'any' || isOperationOf(fault.provider, fault.operation), {
    path: ['operation'],
    message: 'this provider has no such operation',
  });
export type FaultRequest = z.infer<typeof faultRequest>;
type Mix = FaultRequest['mix'];

function isOperationOf(provider: LabProvider, operation: Operation): boolean {
  if (provider === 'fraud') return operation === 'screen';
  if (provider === 'tax' || provider === 'rates') return operation === 'quote';
  return operation !== 'quote' && operation !== 'screen';
}

/** The part of `mix` that `u` in [0, 1) falls into; null = this call is not bitten. */
function pick(mix: Mix, u: number): Mix[number] | null {
  let edge = 0;
  for (const part of mix) {
    edge += part.share;
    if (u < edge) return part;
  }
  return null;
}

export interface Bite {
  readonly position: Position;
  readonly delayMs: number;
  /** `late` only: from the cut to the effect. */
  readonly afterCutMs: number;
  /** Called when a late effect was made or refused. */
  effectDone(): void;
}

interface Fault {
  request: FaultRequest;
  random: () => number;
  expiresAt: number;
  endedMs: number | null;
  calls: number;
  bites: Record<Position, number>;
  latePending: number;
  firstBiteMs: number | null;
  lastBiteMs: number | null;
}

export function createFaults() {
  const faults = new Map<string, Fault>();

  // Monotonic time: a stepped wall clock must neither end a fault early nor keep it alive.
  function endIfExpired(fault: Fault): void {
    if (fault.endedMs === null && performance.now() >= fault.expiresAt) fault.endedMs = Date.now();
  }
  function forgetOldest(): void {
    if (faults.size < maxListed) return;
    const ended = [...faults].find(([, fault]) => fault.endedMs !== null);
    if (ended !== undefined) faults.delete(ended[0]);
  }

  return {
    /** Starts or renews. Counters go on over a renewal, so that bites of one experiment are one number. */
    put(id: string, request: FaultRequest): 'started' | 'renewed' | 'too_many' {
      const known = faults.get(id);
      if (known !== undefined) endIfExpired(known);
      const renewed = known !== undefined && known.endedMs === null;
      if (known === undefined) {
        forgetOldest();
        if (faults.size >= maxListed) return 'too_many';
        faults.set(id, {
          request,
          random: seededRandom(request.seed),
          expiresAt: 0,
          endedMs: null,
          calls: 0,
          bites: { before: 0, after: 0, late: 0, slow: 0, error: 0 },
          latePending: 0,
          firstBiteMs: null,
          lastBiteMs: null,
        });
      }
      const fault = faults.get(id)!;
      fault.request = request;
      fault.endedMs = null;
      fault.expiresAt = performance.now() + request.lease_ms;
      setTimeout(() => endIfExpired(fault), request.lease_ms + 1).unref();
      return renewed ? 'renewed' : 'started';
    },

    end(id: string): void {
      const fault = faults.get(id);
      if (fault !== undefined) fault.endedMs ??= Date.now();
    },

    /** What befalls this call. The first fault that bites wins; each fault counts the calls it saw. */
    bite(provider: LabProvider, operation: Operation): Bite | null {
      for (const fault of faults.values()) {
        const { request } = fault;
        if (request.provider !== provider) continue;
        if (request.operation !== 'any' && request.operation !== operation) continue;
        endIfExpired(fault);
        if (fault.endedMs !== null) continue;
        fault.calls += 1;
        const part = pick(request.mix, fault.random());
        if (part === null) continue;
        fault.bites[part.position] += 1;
        fault.firstBiteMs ??= Date.now();
        fault.lastBiteMs = Date.now();
        if (part.position === 'late') fault.latePending += 1;
        return {
          position: part.position,
          delayMs: part.delay_ms,
          // One to three seconds after the cut: the shop has given up and asked by then.
          afterCutMs: part.position === 'late' ? 1_000 + fault.random() * 2_000 : 0,
          effectDone: () => {
            fault.latePending -= 1;
          },
        };
      }
      return null;
    },

    list() {
      return [...faults].map(([id, fault]) => {
        endIfExpired(fault);
        return {
          id,
          provider: fault.request.provider,
          operation: fault.request.operation,
          expires_in_ms:
            fault.endedMs === null ? Math.max(0, Math.round(fault.expiresAt - performance.now())) : 0,
          calls: fault.calls,
          bites: fault.bites,
          late_pending: fault.latePending,
          first_bite_ms: fault.firstBiteMs,
          last_bite_ms: fault.lastBiteMs,
          ended_ms: fault.endedMs,
        };
      });
    },
  };
}
export type Faults = ReturnType<typeof createFaults>;
