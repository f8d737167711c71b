// The workers' process: configuration → dependencies → workers → probes and metrics → graceful stop.
import { readConfig } from '../core/config.ts';
import { openDatabase } from '../core/db/client.ts';
import { createHttpApp } from '../core/http/app.ts';
import { listen } from '../core/http/serve.ts';
import { endOnBug, endOnSignal } from '../core/lifecycle.ts';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog } from '../core/telemetry/log.ts';
import { startTracing } from '../core/telemetry/tracing.ts';
import { queueNamed } from './queues.ts';
import { startWorkers } from './workers.ts';

const config = readConfig(process.env);
const log = createLog('workers', config.LOG_LEVEL);
endOnBug(log);
const stopTracing = startTracing('workers', config.OTEL_EXPORTER_OTLP_ENDPOINT, config.TELEMETRY);
const instruments = createInstruments('workers', config.TELEMETRY);
const db = openDatabase(config.DATABASE_URL, { poolSize: config.DATABASE_POOL, instruments });
const mailDb = openDatabase(config.DATABASE_URL, {
  poolSize: queueNamed('notifications').concurrency,
  instruments,
});
const workers = startWorkers({ db, mailDb, instruments, log, config });
const app = createHttpApp({ instruments, log, ready: () => workers.ready() });
const listening = await listen(app, config.HOST, config.PORT || config.WORKERS_METRICS_PORT);
log.info('listening', { host: config.HOST, port: listening.port });

endOnSignal(log, async () => {
  await workers.stop();
  await listening.close();
  await Promise.all([db.close(), mailDb.close()]);
  await stopTracing();
});
