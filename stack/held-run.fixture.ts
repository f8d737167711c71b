// A run that is killed by its test: prints its id and what it started, then waits for ever.
import { resolvePart } from './parts.ts';
import { cacheDirectory } from './places.ts';
import { postgres, startPostgres } from './postgres.ts';
import { quiet } from './progress.ts';
import { redis, startRedis } from './redis.ts';
import { openRun } from './run.ts';

const run = await openRun({ stateDirectory: process.argv[2]!, progress: quiet });
const started = await Promise.all([
  resolvePart(redis, { progress: quiet }).then((part) => startRedis(run, part)),
  resolvePart(postgres, { progress: quiet }).then((part) => startPostgres(run, part, cacheDirectory())),
]);
console.log(JSON.stringify({ id: run.id, pids: started.map(({ pid }) => pid) }));
setInterval(() => {}, 60_000);
