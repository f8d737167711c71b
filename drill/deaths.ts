// A process that ends in the middle of a drill ends the drill: what is measured without it is not the shop's.
import type { Running } from '../stack/running.ts';

export interface Death {
  readonly name: string;
  readonly reason: string;
}

export interface DeathWatch {
  /** Aborts, with the reason, on the first death. */
  readonly signal: AbortSignal;
  death(): Death | null;
  /** From here on ending is what the processes are told to do. */
  expectEnds(): void;
}

export function watchForDeaths(processes: readonly Running[], onDeath: (death: Death) => void): DeathWatch {
  const controller = new AbortController();
  let first: Death | null = null;
  let expected = false;
  for (const { name, exited } of processes)
    void exited.then(({ code, signal }) => {
      if (expected || first !== null) return;
      first = { name, reason: `${name} ended by itself during the run (${signal ?? `exit code ${code}`})` };
      onDeath(first);
      controller.abort(new Error(first.reason));
    });
  return {
    signal: controller.signal,
    death: () => first,
    expectEnds: () => {
      expected = true;
    },
  };
}
