// What every started part and process looks like to the rest of the house.

export interface Running {
  readonly name: string;
  readonly pid: number;
  /** Base URL or connection string on 127.0.0.1. */
  readonly url: string;
  readonly version: string;
  /** Polite stop: SIGTERM, then SIGKILL after the part's own deadline. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL now. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** The same once more, on the same address, after it ended. */
  again(): Promise<Running>;
  /** Resolves when the process ends, with its exit code or signal. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}
