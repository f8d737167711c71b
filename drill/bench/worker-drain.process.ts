// One side of the drain in a process of its own, as the workers are: what our consumer has around it must not be around
// the one it is compared with.
import { readConfig } from '../../core/config.ts';
import { openDatabase } from '../../core/db/client.ts';
import { createInstruments } from '../../core/telemetry/instruments.ts';
import { createLog } from '../../core/telemetry/log.ts';
import { startTracing } from '../../core/telemetry/tracing.ts';
import { drainBare, drainOurs } from '../../workers/measure-drain.ts';

export interface DrainOrder {
  readonly side: 'ours' | 'bare';
  readonly jobs: number;
}
export interface DrainAnswer {
  readonly jobsPerSecond: number;
}

const config = readConfig(process.env);
startTracing('workers', config.OTEL_EXPORTER_OTLP_ENDPOINT, config.TELEMETRY);
const instruments = createInstruments('workers', config.TELEMETRY);
const deps = {
  db: openDatabase(config.DATABASE_URL, { poolSize: config.DATABASE_POOL, instruments }),
  redisUrl: config.REDIS_URL,
  instruments,
  log: createLog('workers', 'error'),
};
const drains = { ours: drainOurs, bare: drainBare } as const;

process.on('message', ({ side, jobs }: DrainOrder) => {
  // A bug ends the process, and with it the bench: an unhandled rejection does both.
  void drains[side](deps, jobs).then((jobsPerSecond) =>
    process.send!({ jobsPerSecond } satisfies DrainAnswer),
  );
});
// Without whoever started it there is nothing to do.
process.on('disconnect', () => process.exit(0));
process.send!('ready');
