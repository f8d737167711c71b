// Client of the lab's control API. Every call has a timeout of its own: an undo that hangs is no undo.
import type { EffectPosition } from '../experiments/experiment.ts';
import type { BiteReport } from './effect.ts';

const callTimeoutMs = 1_000;

export interface LeasedFault {
  readonly provider: string;
  readonly operation: string;
  readonly mix: readonly {
    readonly position: EffectPosition;
    readonly share: number;
    readonly delay_ms: number;
  }[];
  readonly seed: number;
  readonly lease_ms: number;
}

async function call(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(callTimeoutMs) });
  const body: unknown = await response.json();
  if (!response.ok)
    throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${JSON.stringify(body)}`);
  return body;
}

const faultUrl = (controlUrl: string, id: string) => `${controlUrl}/faults/${encodeURIComponent(id)}`;

export const putFault = (controlUrl: string, id: string, fault: LeasedFault) =>
  call(faultUrl(controlUrl, id), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });

const deleteFault = (controlUrl: string, id: string) => call(faultUrl(controlUrl, id), { method: 'DELETE' });

/** Every fault the lab knows, ended ones too. */
export async function listFaults(controlUrl: string): Promise<BiteReport[]> {
  const faults = (await call(`${controlUrl}/faults`)) as Omit<BiteReport, 'bitten'>[];
  return faults.map((fault) => ({
    ...fault,
    bitten: Object.values(fault.bites).reduce((total, n) => total + n, 0),
  }));
}

const undoAttempts = 5;
const undoPauseMs = 200;

/** Ends a fault and sees that it has ended. Throws when the lab cannot be asked: then only the lease will end it. */
export async function endFault(controlUrl: string, id: string): Promise<'ended' | 'never_started'> {
  let last: unknown;
  for (let attempt = 1; attempt <= undoAttempts; attempt++) {
    try {
      await deleteFault(controlUrl, id);
      const found = (await listFaults(controlUrl)).find((fault) => fault.id === id);
      if (found === undefined) return 'never_started';
      if (found.ended_ms !== null) return 'ended';
      last = new Error(`fault ${id} is still live after its end was asked for`);
    } catch (error) {
      last = error;
    }
    if (attempt < undoAttempts) await new Promise((resolve) => setTimeout(resolve, undoPauseMs * attempt));
  }
  throw new Error(`fault ${id} could not be ended; its lease will end it`, { cause: last });
}
