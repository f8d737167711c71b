// k6 entry: replays a planned schedule. Arrivals are open: every session has its moment, whatever the shop is doing.
// k6's arrival-rate executors space iterations evenly, so the virtual users here take the schedule's slots in order and
// wait for each slot's own moment. A slot that finds no free user starts late, and its lateness is part of its latency.
import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import {
  type K6Totals,
  leadSeconds,
  maxLatenessSeconds,
  points,
  type ReplayPlan,
  tailSeconds,
} from './replay-plan.ts';
import type { PlannedSession } from './schedule.ts';
import { shop } from './shopper.ts';

const plan: ReplayPlan = JSON.parse(open(__ENV.HEADROOM_K6_PLAN ?? ''));
const sessions = new SharedArray<PlannedSession>('sessions', () => JSON.parse(open(plan.sessionsFile)));

export const options = {
  scenarios: {
    shoppers: {
      executor: 'shared-iterations',
      vus: plan.vus,
      iterations: plan.sessions,
      maxDuration: `${plan.durationSeconds + leadSeconds + tailSeconds}s`,
      gracefulStop: `${plan.longestSessionSeconds}s`,
    },
  },
  // Every shopper opens connections of their own; sharing them would flatter the shop.
  noVUConnectionReuse: true,
  // One time series a step and status; the default tags would make one a URL.
  systemTags: ['name', 'status', 'error_code'],
  summaryTrendStats: ['count'],
};

const lateness = new Trend(points.sessionLateness);
const dropped = new Counter(points.sessionDropped);

export default function session(): void {
  const index = exec.scenario.iterationInTest;
  const planned = sessions[index];
  if (planned === undefined) throw new Error(`no session ${index} in the schedule`);
  const intendedMs = exec.scenario.startTime + leadSeconds * 1000 + planned.offset_ms;
  const early = intendedMs - Date.now();
  if (early > 0) sleep(early / 1000);
  const startedMs = Date.now();
  exec.vu.metrics.metadata.session = String(index);
  if (startedMs - intendedMs > maxLatenessSeconds * 1000) {
    dropped.add(1);
  } else {
    lateness.add(Math.max(0, startedMs - intendedMs));
    delete exec.vu.metrics.metadata.session;
    shop({ plan, index, session: planned, intendedMs, startedMs });
  }
  delete exec.vu.metrics.metadata.session;
}

interface SummaryMetric {
  readonly values: { readonly count?: number };
}

export function handleSummary({ metrics }: { metrics: Readonly<Record<string, SummaryMetric>> }) {
  const count = (name: string) => metrics[name]?.values.count ?? 0;
  const totals: K6Totals = {
    sessions: count(points.sessionLateness),
    dropped: count(points.sessionDropped),
    abandoned: count(points.sessionAbandoned),
    submissionsSent: count(points.submissionSent),
    submissions: count(points.submission),
    httpRequests: count('http_reqs'),
    iterationsDropped: count('dropped_iterations'),
  };
  return { [plan.summaryFile]: JSON.stringify(totals) };
}
