// What the engine acts on and sees with. Handed in: the engine starts nothing and imports no shop.

/** What shoppers got lately; the window is the probe's own, a few seconds. */
export interface SteadySample {
  readonly at_ms: number;
  readonly submissions: number;
  /** Submissions not failed by us. */
  readonly good: number;
  readonly invariant_violations: number;
}

/** One alert as the webhook received it. */
export interface ReceivedAlert {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly received_ms: number;
}

export interface Clock {
  nowMs(): number;
  /** Resolves early, without throwing, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Target {
  readonly labControlUrl: string;
  probe(): Promise<SteadySample>;
  alertsReceived(): readonly ReceivedAlert[] | Promise<readonly ReceivedAlert[]>;
  readonly clock: Clock;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake);
    }),
};
