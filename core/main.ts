// `core/main.ts orders|checkout`: configuration → dependencies → app → listen → graceful stop.
import { createCheckoutApp } from './checkout/app.ts';
import { type Config, readConfig } from './config.ts';
import { openDatabase } from './db/client.ts';
import { listen } from './http/serve.ts';
import { createOrdersApp } from './orders/app.ts';
import { endOnBug, endOnSignal } from './lifecycle.ts';
import { createSwitches } from './switches/switches.ts';
import { createInstruments } from './telemetry/instruments.ts';
import { createLog } from './telemetry/log.ts';
import { startTracing } from './telemetry/tracing.ts';

const apps = { checkout: createCheckoutApp, orders: createOrdersApp } as const;
type ServiceName = keyof typeof apps;
const isService = (name: string | undefined): name is ServiceName => name !== undefined && name in apps;

const name = process.argv[2];
if (!isService(name)) {
  process.stderr.write(`usage: core/main.ts ${Object.keys(apps).join('|')}\n`);
  process.exit(2);
}
await start(name, configured());

function configured(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

async function start(service: ServiceName, config: Config): Promise<void> {
  const log = createLog(service, config.LOG_LEVEL);
  endOnBug(log);
  const stopTracing = startTracing(service, config.OTEL_EXPORTER_OTLP_ENDPOINT, config.TELEMETRY);
  const instruments = createInstruments(service, config.TELEMETRY);
  const db = openDatabase(config.DATABASE_URL, {
    poolSize: config.DATABASE_POOL,
    poolWaitMs: config.DATABASE_POOL_WAIT_MS,
    instruments,
  });
  const switches = createSwitches({
    open: () => openDatabase(config.DATABASE_URL, { poolSize: 1, instruments }),
    instruments,
    log,
  });
  switches.start();
  const app = apps[service]({ db, instruments, log, config, switches });
  const listening = await listen(app, config.HOST, config.PORT);
  log.info('listening', { host: config.HOST, port: listening.port });

  endOnSignal(log, async () => {
    // Requests first, then what they use; spans last, because stopping makes some.
    await listening.close();
    await Promise.all([switches.stop(), db.close()]);
    await stopTracing();
  });
}
