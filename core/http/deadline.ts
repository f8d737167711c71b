// One deadline per request, handed down: no call made for it may outlive it.

export interface Deadline {
  remainingMs(): number;
  /** Time a call may take: its own limit or what is left, keeping `reserveMs` for what must still follow it. */
  allow(ownLimitMs: number, reserveMs?: number): number;
}

/** Carries what is left of the caller's deadline to the service called. */
export const deadlineHeader = 'x-deadline-ms';

export function startDeadline(limitMs: number): Deadline {
  const endsAt = performance.now() + limitMs;
  const remainingMs = () => Math.max(0, endsAt - performance.now());
  return {
    remainingMs,
    // Whole milliseconds: timers refuse fractions.
    allow: (ownLimitMs, reserveMs = 0) =>
      Math.max(0, Math.floor(Math.min(ownLimitMs, remainingMs() - reserveMs))),
  };
}

/** Whether the caller still waits. One that sends no deadline does; one whose deadline cannot be read does not. */
export const isAwaited = (header: string | undefined): boolean => header === undefined || Number(header) > 0;
