// What was started, to be stopped in reverse order. A stop that fails never keeps the others from being tried.
export interface Stops {
  add(what: string, stop: () => Promise<unknown>): void;
  /** The failures, one for each stop that threw. */
  stopAll(): Promise<Error[]>;
}

export function openStops(note: (line: string) => void): Stops {
  const stops: { readonly what: string; readonly stop: () => Promise<unknown> }[] = [];
  return {
    add: (what, stop) => void stops.push({ what, stop }),
    async stopAll() {
      const failures: Error[] = [];
      for (const { what, stop } of stops.splice(0).reverse())
        try {
          await stop();
        } catch (cause) {
          const failure = new Error(`${what} did not stop in order: ${messageOf(cause)}`, { cause });
          note(failure.message);
          failures.push(failure);
        }
      return failures;
    },
  };
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
