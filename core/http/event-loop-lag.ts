// How late this process is: what a request waits before any of its code runs.

const everyMs = 50;
// One garbage collection is no overload: about a third of a second must be bad before the figure says so.
const weightOfLatest = 0.15;
// A machine that was asleep, or stood still once, is no overload either: a single sample cannot close anything.
const sampleAtMostMs = 2_000;

let smoothedMs = 0;
let timer: NodeJS.Timeout | undefined;

function start(): void {
  let due = performance.now() + everyMs;
  timer = setInterval(() => {
    const now = performance.now();
    const lateMs = Math.min(sampleAtMostMs, Math.max(0, now - due));
    smoothedMs += weightOfLatest * (lateMs - smoothedMs);
    due = now + everyMs;
  }, everyMs);
  timer.unref();
}

/** Measured from the first time somebody asks. */
export function eventLoopLagMs(): number {
  if (timer === undefined) start();
  return smoothedMs;
}
