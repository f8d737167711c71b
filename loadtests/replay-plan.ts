// What one k6 run is told, and what it tells back. Pure: k6 and Node share it.
import type { PlannedSession } from './schedule.ts';

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
  /** How long k6 waits for sessions that are still going when nobody new may start. */
  readonly longestSessionSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly sessionsFile: string;
  readonly summaryFile: string;
}

/** Names of the points k6 writes beside its own; `record` rides the metadata of a submission. */
export const points = {
  sessionLateness: 'headroom_session_lateness',
  sessionDropped: 'headroom_session_dropped',
  sessionAbandoned: 'headroom_session_abandoned',
  submissionSent: 'headroom_submission_sent',
  submission: 'headroom_submission',
} as const;

/** k6's own totals, kept apart from the stream: what was counted must be what was received. */
export interface K6Totals {
  readonly sessions: number;
  readonly dropped: number;
  readonly abandoned: number;
  /** Counted before the request; more of these than of `submissions` were cut off. Evidence of older runs lacks it. */
  readonly submissionsSent?: number;
  readonly submissions: number;
  readonly httpRequests: number;
  readonly iterationsDropped: number;
}

// A session this late is another arrival pattern; starting it would only push the rest back further.
export const maxLatenessSeconds = 5;
/** From scenario start to the first possible arrival: every virtual user has its slot by then. */
export const leadSeconds = 1;
/** After the last arrival: slots that waited for a free virtual user still start. */
export const tailSeconds = 45;

// Beside one a line: availability, cart, address, rates, quote, order, and one look at an order that is being confirmed.
const callsBesideLines = 7;
/** A click whose payment is still being confirmed is looked up once, as a shopper would reload the page. */
export const reloadSeconds = 1;

/** No session takes longer, if the shop answers each call just before the shopper gives up. k6 waits that long for the last
 * ones, for a session cut between request and answer leaves an order that no shopper knows of. */
export function longestSessionSeconds(
  sessions: readonly PlannedSession[],
  requestTimeoutSeconds: number,
): number {
  const longest = sessions.reduce((longestSoFar, { lines, think_ms }) => {
    const pauses = think_ms.reduce((sum, ms) => sum + ms, 0) / 1000;
    return Math.max(longestSoFar, (callsBesideLines + lines.length) * requestTimeoutSeconds + pauses);
  }, 0);
  return Math.ceil(longest + reloadSeconds);
}
