// The proof that a process which does not answer is missed: two of one service, told scrape by scrape.
import { serviceNames } from '../../core/telemetry/metrics/metric.ts';
import { targetUp } from '../../core/telemetry/metrics/scrape.ts';
import { selector } from '../../core/telemetry/promql.ts';
import { downLimit } from '../causes/processes.ts';
import { causeIntervalSeconds } from '../rules.ts';
import type { Cases } from './cause-shapes.ts';
import type { Clock, Samples } from './counters.ts';
import { checksOf } from './story.ts';
import type { ProofCase } from './suite.ts';

const stepSeconds = causeIntervalSeconds;
const window = downLimit.windowSeconds / stepSeconds;
const series = (job: string, instance: string) =>
  selector(targetUp, {}, { extra: [`job="${job}"`, `instance="${instance}"`] });

/** Share of the scrapes in the window that were answered; null when there was none. */
function shareUp(samples: Samples, step: number, { edge }: Clock): number | null {
  const first = Math.max(0, edge === 'closed' ? step - window : step - window + 1);
  const seen = samples.slice(first, step + 1).filter((value) => value !== null);
  return seen.length === 0 ? null : seen.reduce((sum, value) => sum + value, 0) / seen.length;
}

const times = (count: number, value: number | null) => Array.from({ length: count }, () => value);

/** `asked`: all processes of a service, or each by itself. */
export const down =
  (asked: 'every process' | 'one process'): Cases =>
  ({ name, forSeconds }, edge) => {
    const clock = { stepSeconds, edge };
    const wait = forSeconds / stepSeconds;
    // Up for as long as in half of the window, and then for one scrape less.
    const flapping = (up: number, rounds: number) =>
      Array.from({ length: rounds }, () => [...times(up, 1), ...times(10 - up, 0)]).flat();
    const told = [
      ...times(window, 1),
      ...times(window / 2 - 1, 0),
      ...times(window, 1),
      ...times(window + wait + 2, 0),
      ...times(window, 1),
      ...flapping(6, 9),
      ...flapping(3, 9),
      ...times(window, 1),
      null,
      // Its first scrapes fail, as where it is slow to start.
      ...times(1, 0),
      ...times(window + 2, 1),
      ...times(window + wait + 2, 0),
      ...times(window + 2, null),
      // Half of what was ever heard, for as long as it is remembered.
      ...[1, 0],
      ...times(window, null),
    ];
    const alone = asked === 'one process';
    const other = told.map((value) => (value === null ? null : alone ? 1 : 0));
    const readings = told.map((_, step) => {
      const shares = [told, ...(alone ? [] : [other])]
        .map((samples) => shareUp(samples, step, clock))
        .filter((share) => share !== null);
      return shares.length > 0 && Math.max(...shares) < downLimit.minShareUp ? Math.max(...shares) : null;
    });
    const busy: ProofCase = {
      name: `${name}: silent through a restart and a slow start, fires when nothing answers and when it comes and goes, over with the answers and with the target`,
      shows: ['just below', 'just above', 'recovery', 'first event after a restart', 'metric gone'],
      stepSeconds,
      series: [
        { series: series('orders', 'orders-1'), samples: told },
        { series: series('orders', 'orders-2'), samples: other },
        // Not of the shop.
        { series: series('prometheus', 'prometheus-1'), samples: times(told.length, 0) },
      ],
      labels: { job: 'orders', ...(alone ? { instance: 'orders-1' } : {}) },
      checks: checksOf(
        name,
        readings,
        forSeconds,
        clock,
        Array.from({ length: 3 }, () => ['fires', 'over'] as const).flat(),
      ),
    };
    const neverUp = (job: string): ProofCase => ({
      name: `${name}: fires for ${job} too`,
      shows: [],
      stepSeconds,
      series: [{ series: series(job, `${job}-1`), samples: times(wait + 2, 0) }],
      labels: { job, ...(alone ? { instance: `${job}-1` } : {}) },
      checks: [
        { step: wait - 1, value: null },
        { step: wait, value: 0 },
      ],
    });
    const never = times(window + wait + 3, null);
    const calm = never.map((_, step) => (step === window / 2 ? 0 : 1));
    const quiet: ProofCase = {
      name: `${name}: silent before there is a target and at one scrape without an answer`,
      shows: ['zero traffic', 'one failure at night'],
      stepSeconds,
      series: [
        { series: series('orders', 'orders-1'), samples: calm },
        { series: series('workers', 'workers-1'), samples: never },
      ],
      checks: calm.map((_, step) => ({ step, value: null })).filter(({ step }) => step % 5 === 0),
    };
    const others = serviceNames.filter((job) => job !== 'orders');
    return [busy, quiet, ...others.map((job) => neverUp(job))];
  };
