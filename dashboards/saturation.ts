// Saturation: what runs out first. Read it last: it explains, it does not accuse.
import { eventLoopLimitSeconds, heapLimit, redisMemoryLimit } from '../alerts/causes/saturation.ts';
import {
  buildInfo,
  dbPoolUse,
  dbPoolWait,
  heapUsedShare,
  redisMemoryUsed,
  redisUp,
} from '../core/telemetry/metrics/platform.ts';
import {
  eventLoopLag,
  gcDuration,
  heapUsed,
  processCpu,
  processStart,
  residentMemory,
} from '../core/telemetry/metrics/runtime.ts';
import { quantile, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { About, Board, Panel, Unit } from './board.ts';
import { moves, type Reactive } from './reactive.ts';
import { heatPanel, rateInterval } from './red.ts';
import { jobs, pendingEvents } from './shared/pipeline.ts';
import { oldestRow, prunedRows } from './shared/retention.ts';
import { degraded, refused } from './shared/submissions.ts';
import { poolWait } from './shared/truth.ts';

const byJob = (
  id: number,
  title: string,
  about: About,
  unit: Unit,
  expr: string,
  reactive: Reactive | undefined = moves,
): Panel => ({
  ...{ id, title, about, kind: 'lines', unit },
  queries: [{ expr, legend: '{{job}}', reactive }],
});

const cpu = byJob(
  101,
  'Processor, cores in use',
  {
    means: 'Processor time per second, by service; one process of ours cannot use more than about 1.',
    bad: 'near 1 per process: requests wait for it.',
    act: 'add processes; headroom bench --profile says where the time goes.',
  },
  'short',
  sum(rate(selector(processCpu), rateInterval), ['job']),
);

const above = (value: number) => ({ value, badWhen: 'above' }) as const;

const loop: Panel = {
  ...byJob(
    102,
    'Event loop delay, p99',
    {
      means: 'How late a process gets to its own work, the worst process of each service.',
      bad: `above the dashed line (${eventLoopLimitSeconds} s): everything it answers is that much later.`,
      act: 'follow runbook EventLoopLag.',
    },
    's',
    `max by (job) (${selector(eventLoopLag)})`,
  ),
  limit: above(eventLoopLimitSeconds),
};

const gc = byJob(
  103,
  'Time in garbage collection',
  {
    means: 'Share of one second spent collecting garbage, by service.',
    bad: 'above 10 %: memory is short, or something is kept that should go.',
    act: 'compare with the heap; take a heap snapshot before restarting.',
  },
  'percentunit',
  sum(rate(selector(gcDuration, {}, { suffix: '_sum' }), rateInterval), ['job']),
);

const memory = byJob(
  201,
  'Memory',
  {
    means: 'Resident memory, the largest process of each service.',
    bad: 'a ramp that survives the night: a leak.',
    act: 'compare with the heap: if that is flat, it is outside JavaScript.',
  },
  'bytes',
  `max by (job) (${selector(residentMemory)})`,
);

const heap = byJob(
  202,
  'Heap in use',
  {
    means: 'Heap of JavaScript, the largest process of each service; a saw-tooth is healthy.',
    bad: 'a saw-tooth whose feet rise.',
    act: 'take a heap snapshot; restart one process after the other.',
  },
  'bytes',
  `max by (job) (${selector(heapUsed)})`,
);

const uptime: Panel = byJob(
  203,
  'Youngest process',
  {
    means: 'Time since the youngest process of each service started.',
    bad: 'falling to 0 without a deploy: it crashes and is started again.',
    act: 'look at the last lines of its log.',
  },
  's',
  `time() - max by (job) (${selector(processStart)})`,
);

const processes: Panel = {
  id: 204,
  title: 'Processes up',
  about: {
    means: 'Processes of each service that were scraped.',
    bad: 'fewer than were started.',
    act: 'look for the one that is gone; the others carry its load.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: sum(selector(buildInfo), ['service']), legend: '{{service}}' }],
};

const ratioOf = (
  id: number,
  title: string,
  about: About,
  series: string,
  legend: string,
  limit: number,
): Panel => ({
  ...{ id, title, about, kind: 'lines', unit: 'percentunit' },
  queries: [{ expr: series, legend }],
  limit: above(limit),
});

const heapShare = ratioOf(
  205,
  'Heap used of what it may take',
  {
    means: 'Heap in use as a share of what V8 may take, the fullest process of each service.',
    bad: 'towards 100 %: the process ends itself there.',
    act: 'follow runbook HeapNearLimit.',
  },
  `max by (job) (${selector(heapUsedShare)})`,
  '{{job}}',
  heapLimit,
);

const redisMemory = ratioOf(
  305,
  'Redis memory',
  {
    means: 'Memory in use as a share of maxmemory; 0 without a limit.',
    bad: 'towards 100 %: writes are refused there, and jobs are not taken.',
    act: 'follow runbook RedisMemoryHigh.',
  },
  `max(${selector(redisMemoryUsed)})`,
  'used',
  redisMemoryLimit,
);

const redis: Panel = {
  id: 306,
  title: 'Redis answers',
  about: {
    means: '1 while Redis answers the workers.',
    bad: '0: mails and everything after the answer wait in the outbox; nobody loses an order.',
    act: 'follow runbook RedisAway.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: `min(${selector(redisUp)})`, legend: 'up' }],
  limit: { value: 1, badWhen: 'below' },
};

const poolHeat = heatPanel(
  302,
  'Wait for a connection, every bucket',
  {
    means: 'How many transactions waited how long for a PostgreSQL connection.',
    bad: 'a band above 0.1 s: the pool is too small, or a transaction holds too long.',
    act: 'look for long transactions in pg_stat_activity.',
  },
  dbPoolWait,
);

const poolUse: Panel = {
  id: 307,
  title: 'Use of a database connection, p95',
  about: {
    means: 'How long a PostgreSQL connection was held for a transaction or a statement, by service.',
    bad: 'rising before the wait does: the database is slow, and the pool will be empty next.',
    act: 'look for long transactions in pg_stat_activity; follow runbook DatabasePoolWait.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: quantile(0.95, dbPoolUse, rateInterval, {}, ['service']), legend: '{{service}}' }],
};

export const saturation: Board = {
  name: 'saturation',
  title: 'Saturation',
  description: 'What runs out first. Read it last: it explains, it does not accuse.',
  choices: [],
  rows: [
    { id: 100, title: 'Processor', panels: [cpu, loop, gc] },
    { id: 200, title: 'Memory', panels: [memory, heap, heapShare] },
    { id: 250, title: 'Processes', panels: [uptime, processes] },
    {
      id: 300,
      title: 'PostgreSQL',
      panels: [poolWait(301), poolHeat, poolUse],
    },
    {
      id: 350,
      title: 'Redis and what waits on it',
      panels: [redis, redisMemory, jobs(303), pendingEvents(304)],
    },
    { id: 380, title: 'What is kept', panels: [oldestRow(381), prunedRows(382)] },
    { id: 400, title: 'What was done about it', panels: [refused(401), degraded(402)] },
  ],
};
