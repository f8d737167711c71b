// How fast a full queue empties: our consumer with its effect in PostgreSQL against a bare BullMQ worker that does nothing.
import { type Hand, startHand } from './hand.ts';
import { type BenchRow, type Pair, rowOf } from './row.ts';
import type { Stand } from './stand.ts';
import type { DrainAnswer, DrainOrder } from './worker-drain.process.ts';

const warmRounds = 2;

type DrainHand = Hand<DrainOrder, DrainAnswer>;

export async function workerDrain(stand: Stand): Promise<BenchRow[]> {
  const { size, progress, spanSink } = stand;
  const ours = await startDrain(stand, { OTEL_EXPORTER_OTLP_ENDPOINT: spanSink.url });
  const bare = await startDrain(stand, { TELEMETRY: 'off' });
  const drained = async (jobs: number): Promise<Pair> => ({
    ours: (await ours.run({ side: 'ours', jobs })).jobsPerSecond,
    reference: (await bare.run({ side: 'bare', jobs })).jobsPerSecond,
  });
  try {
    progress.status('warming up');
    // Of the whole length: a process that runs for weeks has its code compiled and its statements planned.
    for (let round = 1; round <= warmRounds; round++) await drained(size.jobs);
    const pairs: Pair[] = [];
    for (let pair = 1; pair <= size.pairs; pair++) {
      progress.status(`pair ${pair} of ${size.pairs}`);
      pairs.push(await drained(size.jobs));
    }
    const note = `${size.jobs} jobs; reference: BullMQ as it comes with an empty handler and nothing beside it, same Redis, jobs and concurrency`;
    return [
      rowOf(
        { name: 'worker-drain', unit: 'jobs/s', note },
        { better: 'higher', required: 0.7, stretch: 0.9 },
        pairs,
      ),
    ];
  } finally {
    ours.end();
    bare.end();
  }
}

const startDrain = ({ ground, signal }: Stand, more: Readonly<Record<string, string>>): Promise<DrainHand> =>
  startHand({ ground, signal }, 'worker-drain', 'worker-drain.process.ts', {
    DATABASE_URL: ground.environment.databaseUrls.workers,
    REDIS_URL: ground.environment.redisUrl,
    SERVICE_TOKEN: ground.environment.serviceToken,
    ...more,
  });
