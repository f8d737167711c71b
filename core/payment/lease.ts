// For how long whoever claimed an operation may send it. A process that stood still wakes up as if no time had passed; another
// has taken the operation over meanwhile, asked the provider, heard of nothing and sent it.
export interface Lease {
  over(): boolean;
}

/** Start it before the claim is asked for: then it is over before the claim is. */
export function startLease(ms: number): Lease {
  const [until, untilOnTheWall] = [performance.now() + ms, Date.now() + ms];
  // A machine that slept stops the one clock, and somebody may set the other.
  return { over: () => performance.now() >= until || Date.now() >= untilOnTheWall };
}
