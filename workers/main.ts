// The workers' process: configuration → dependencies → workers → probes and metrics → graceful stop.
import { readConfig } from '../core/config.ts';
import { openDatabase } from '../core/db/client.ts';
import { createHttpApp } from '../core/http/app.ts';
import { listen } from '../core/http/serve.ts';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog, errorFields } from '../core/telemetry/log.ts';
import { startTracing } from '../core/telemetry/tracing.ts';
import { queueNamed } from './queues.ts';
import { startWorkers } from './workers.ts';

const config = readConfig(process.env);
const log = createLog('workers', config.LOG_LEVEL);
// A promise nobody awaited is a bug: better a restart than a process in a state nobody thought of.
process.on('unhandledRejection', (error) => {
  log.error('unhandled_rejection', errorFields(error));
  process.exit(70);
});
const stopTracing = startTracing('workers', config.OTEL_EXPORTER_OTLP_ENDPOINT);
const instruments = createInstruments('workers');
const db = openDatabase(config.DATABASE_URL, { poolSize: config.DATABASE_POOL, instruments });
const mailDb = openDatabase(config.DATABASE_URL, {
  poolSize: queueNamed('notifications').concurrency,
  instruments,
});
const workers = startWorkers({ db, mailDb, instruments, log, config });
const app = createHttpApp({ instruments, log, ready: () => workers.ready() });
const listening = await listen(app, config.HOST, config.PORT || config.WORKERS_METRICS_PORT);
log.info('listening', { host: config.HOST, port: listening.port });

// Jobs in hand wait for SMTP and PostgreSQL, each with limits of its own; whoever stops us has one too.
const stopLimitMs = 8_000;
let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info('stopping', { signal });
  setTimeout(() => {
    log.error('stop_timed_out');
    process.exit(70);
  }, stopLimitMs).unref();
  await workers.stop();
  await listening.close();
  await Promise.all([db.close(), mailDb.close()]);
  await stopTracing();
  log.info('stopped');
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop(signal).catch((error: unknown) => {
      log.error('stop_failed', errorFields(error));
      process.exit(70);
    });
  });
}
