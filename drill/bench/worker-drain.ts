// How fast a full queue empties: our consumer with its effect in PostgreSQL against a bare BullMQ worker that does nothing.
import { openDatabase } from '../../core/db/client.ts';
import { createInstruments } from '../../core/telemetry/instruments.ts';
import { createLog } from '../../core/telemetry/log.ts';
import { startTracing } from '../../core/telemetry/tracing.ts';
import { drainBare, drainOurs } from '../../workers/measure-drain.ts';
import { type BenchRow, type Pair, rowOf } from './row.ts';
import type { Stand } from './stand.ts';

export async function workerDrain({ ground, size, progress, spanSink }: Stand): Promise<BenchRow[]> {
  const { databaseUrls, redisUrl } = ground.environment;
  const stopTracing = startTracing('workers', spanSink.url);
  const instruments = createInstruments('workers');
  const db = openDatabase(databaseUrls.workers, { poolSize: 10, instruments });
  const deps = { db, redisUrl, instruments, log: createLog('workers', 'error') };
  try {
    progress.status('warming up');
    await drainOurs(deps, size.jobs / 5);
    await drainBare(deps, size.jobs / 5);
    const pairs: Pair[] = [];
    for (let pair = 1; pair <= size.pairs; pair++) {
      progress.status(`pair ${pair} of ${size.pairs}`);
      pairs.push({ ours: await drainOurs(deps, size.jobs), reference: await drainBare(deps, size.jobs) });
    }
    const note = `${size.jobs} jobs; reference: BullMQ with an empty handler, same Redis and concurrency`;
    return [
      rowOf(
        { name: 'worker-drain', unit: 'jobs/s', note },
        { better: 'higher', required: 0.7, stretch: 0.9 },
        pairs,
      ),
    ];
  } finally {
    await db.close();
    await stopTracing();
  }
}
