// Progress for people: one live line on a terminal, plain lines everywhere else. On standard error, so that standard
// output holds the result alone.
import type { Progress } from '../stack/progress.ts';
import type { Io } from './cli.ts';

const clearLine = '\r\x1b[2K';

export interface ShownProgress extends Progress {
  /** Ends the live line, so that what is printed next starts on a line of its own. */
  done(): void;
}

export function showProgress(io: Io, now: () => number = () => performance.now()): ShownProgress {
  const started = now();
  let phase = '';
  let phaseStarted = started;
  let status = '';
  const seconds = (since: number) => `${((now() - since) / 1000).toFixed(0)} s`;
  const stamp = () => `[${((now() - started) / 1000).toFixed(1).padStart(6)} s]`;

  const draw = () => {
    if (!io.terminal || phase === '') return;
    const line = `${stamp()} ${phase} … ${seconds(phaseStarted)}${status === '' ? '' : ` · ${status}`}`;
    io.err(clearLine + line.slice(0, (process.stderr.columns ?? 100) - 1));
  };
  const line = (text: string) => {
    io.err(`${io.terminal ? clearLine : ''}${text}\n`);
    draw();
  };
  // Only the elapsed time moves by itself; unref, so that a picture never keeps the process alive.
  const ticking = io.terminal ? setInterval(draw, 1_000).unref() : undefined;
  const endPhase = () => {
    if (!io.terminal || phase === '') return;
    const ended = phase;
    phase = '';
    line(`${stamp()} ${ended} (${seconds(phaseStarted)})`);
  };

  return {
    phase(name) {
      endPhase();
      phase = name;
      phaseStarted = now();
      status = '';
      if (io.terminal) draw();
      else line(`${stamp()} ${name}`);
    },
    note: (text) => line(`           ${text}`),
    status(text) {
      status = text;
      draw();
    },
    done() {
      endPhase();
      clearInterval(ticking);
    },
  };
}
