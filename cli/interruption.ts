// Ctrl-C once: stop in order. Ctrl-C again: stop now (the run's exit handler kills what it started).

const interruptedTwice = 130;
// npm and `timeout` pass on a signal that the terminal's process group got as well: that is one Ctrl-C, not two.
const sameSignalMs = 1_000;

export interface Interruption {
  readonly signal: AbortSignal;
  dispose(): void;
}

export function listenForInterruption(tell: (line: string) => void): Interruption {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let firstAt = 0;
  const interrupt = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > sameSignalMs) process.exit(interruptedTwice);
      return;
    }
    firstAt = performance.now();
    tell(`${signal}: stopping everything in order; once more to stop at once`);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    dispose() {
      for (const signal of signals) process.removeListener(signal, interrupt);
    },
  };
}
