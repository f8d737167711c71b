// A long act with its progress shown and Ctrl-C listened to.
import type { Progress } from '../stack/progress.ts';
import type { Cli } from './cli.ts';
import { listenForInterruption } from './interruption.ts';
import { showProgress } from './progress.ts';

export async function watched<T>(
  cli: Cli,
  act: (progress: Progress, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const progress = showProgress(cli.io);
  const interruption = listenForInterruption(progress.note);
  try {
    return await act(progress, interruption.signal);
  } finally {
    interruption.dispose();
    progress.done();
  }
}
