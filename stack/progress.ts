// What a long act tells whoever watches it. The command draws it; tests keep it or drop it.

export interface Progress {
  /** A phase begins. Whoever prints adds the elapsed time. */
  phase(name: string): void;
  /** Worth keeping on the screen: something installed, a leftover cleared, a URL. */
  note(line: string): void;
  /** Where the phase stands; a terminal overwrites it, plain output drops it. */
  status(line: string): void;
}

export const quiet: Progress = { phase: () => {}, note: () => {}, status: () => {} };
