// What every fault can do. The engine knows nothing else about it.

/** Enough to end a fault without the process that started it; journaled before the fault is. */
export interface Undo {
  readonly kind: 'provider-fault';
  readonly fault_id: string;
}

export interface BiteReport {
  readonly id: string;
  readonly provider: string;
  /** Calls this fault saw, and those it bit, by position. */
  readonly calls: number;
  readonly bites: Readonly<Record<string, number>>;
  readonly bitten: number;
  readonly first_bite_ms: number | null;
  readonly last_bite_ms: number | null;
  readonly ended_ms: number | null;
  readonly late_pending: number;
}

type Presence = 'live' | 'ended' | 'never_started';

export interface Effect {
  /** One sentence for the journal and a dry run. Touches nothing. */
  plan(): { readonly sentence: string; readonly undo: Undo };
  apply(): Promise<void>;
  /** What the injector itself says, not what we believe we did. */
  verify(): Promise<{ readonly presence: Presence; readonly report: BiteReport | null }>;
  /** Idempotent, retried, verified. Throws only when the fault may still be live. */
  undo(): Promise<void>;
}
