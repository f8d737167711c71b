// How a process of the shop ends: politely on a signal, at once on a bug.
import { isDatabaseAway } from './db/away.ts';
import { errorFields, type Log } from './telemetry/log.ts';

const internalError = 70;
// Requests and jobs in hand have limits of their own; whoever stops us has one too.
const stopLimitMs = 10_000;

/**
 * On every new connection postgres.js asks for the array types, in a promise that it gives to nobody. Lost with its
 * connection, the question is asked again on the next one.
 */
const isQuestionForTypes = (error: unknown) =>
  isDatabaseAway(error) && String((error as { query?: unknown }).query).includes('typarray');

/** A promise nobody awaited is a bug: better a restart than a process in a state nobody thought of. */
export function endOnBug(log: Log): void {
  process.on('unhandledRejection', (error) => {
    if (isQuestionForTypes(error)) {
      log.warn('database.types_not_asked', errorFields(error));
      return;
    }
    log.error('unhandled_rejection', errorFields(error));
    process.exit(internalError);
  });
}

/** On SIGTERM or SIGINT runs `stop` once and exits 0; 70 when it fails or takes longer than its limit. */
export function endOnSignal(log: Log, stop: () => Promise<void>): void {
  let stopping = false;
  const end = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { signal });
    setTimeout(() => {
      log.error('stop_timed_out');
      process.exit(internalError);
    }, stopLimitMs).unref();
    await stop();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      end(signal).catch((error: unknown) => {
        log.error('stop_failed', errorFields(error));
        process.exit(internalError);
      });
    });
  }
}
