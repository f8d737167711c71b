// What one k6 run is told, and what it tells back. Pure: k6 and Node share it.

export type Phase = 'baseline' | 'replay';

/** The plan file. The sessions lie beside it, so that a hundred virtual users do not each hold them. */
export interface ReplayPlan {
  readonly phase: Phase;
  /** Makes clicks and keys unique across runs against one shop. Letters only. */
  readonly run: string;
  readonly seed: number;
  readonly checkoutUrl: string;
  readonly ordersUrl: string;
  readonly sessions: number;
  readonly durationSeconds: number;
  readonly vus: number;
  readonly requestTimeoutSeconds: number;
  readonly sessionsFile: string;
  readonly summaryFile: string;
}

/** Names of the points k6 writes beside its own; `record` rides the metadata of a submission. */
export const points = {
  sessionLateness: 'headroom_session_lateness',
  sessionDropped: 'headroom_session_dropped',
  sessionAbandoned: 'headroom_session_abandoned',
  submission: 'headroom_submission',
} as const;

/** k6's own totals, kept apart from the stream: what was counted must be what was received. */
export interface K6Totals {
  readonly sessions: number;
  readonly dropped: number;
  readonly abandoned: number;
  readonly submissions: number;
  readonly httpRequests: number;
  readonly iterationsDropped: number;
}

// A session this late is another arrival pattern; starting it would only push the rest back further.
export const maxLatenessSeconds = 5;
/** From scenario start to the first possible arrival: every virtual user has its slot by then. */
export const leadSeconds = 1;
/** After the last arrival: the longest session, with a provider that does not answer. */
export const tailSeconds = 45;
