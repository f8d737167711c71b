// A cap on requests in flight: beyond it the answer is "come back", given at once, while those inside keep their speed.

export interface InFlightCap {
  /** The way out when there is room, null when there is not. Calling the way out twice frees one place only. */
  enter(): (() => void) | null;
}

export function createInFlightCap(limit: number): InFlightCap {
  let inside = 0;
  return {
    enter() {
      if (inside >= limit) return null;
      inside += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        inside -= 1;
      };
    },
  };
}
