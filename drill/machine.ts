// Was the machine fit to judge a shop? Sampled by the runner once a second: processor, steal, own event loop, clock.
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { openAppendLog } from '../chaos/append-log.ts';
import type { MachineSample } from './facts.ts';
import { readStalls, stallShares } from './pressure.ts';

const sampleEveryMs = 1_000;

interface CpuTimes {
  readonly total: number;
  readonly idle: number;
  readonly steal: number;
}

/** iowait is no headroom: the core is free only because its work waits for a disk.
 * First line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice (guest is inside user). */
export function parseCpuLine(line: string): CpuTimes {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { total: user + nice + system + idle + iowait + irq + softirq + steal, idle, steal };
}

async function cpuTimes(): Promise<CpuTimes> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => null);
  if (stat !== null) return parseCpuLine(stat.split('\n')[0] ?? '');
  // Not Linux: no steal to be had.
  const times = cpus().map((cpu) => cpu.times);
  const sum = (key: keyof (typeof times)[number]) => times.reduce((all, time) => all + time[key], 0);
  return {
    total: sum('user') + sum('nice') + sum('sys') + sum('idle') + sum('irq'),
    idle: sum('idle'),
    steal: 0,
  };
}

/** What happened between two readings. */
export function machineSampleOf(before: CpuTimes, after: CpuTimes): Pick<MachineSample, 'busy' | 'steal'> {
  const total = after.total - before.total;
  if (total <= 0) return { busy: 0, steal: 0 };
  return { busy: 1 - (after.idle - before.idle) / total, steal: (after.steal - before.steal) / total };
}

export interface MachineWatch {
  stop(): Promise<void>;
}

export async function watchMachine(path: string): Promise<MachineWatch> {
  const { log } = await openAppendLog<MachineSample>(path);
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  let cpu = await cpuTimes();
  let stalls = await readStalls();
  let readAtMs = performance.now();
  let offset = Date.now() - performance.now();
  const sample = async () => {
    const now = await cpuTimes();
    const nextStalls = await readStalls();
    const nowMs = performance.now();
    const nextOffset = Date.now() - performance.now();
    const row: MachineSample = {
      at_ms: Date.now(),
      ...machineSampleOf(cpu, now),
      loop_delay_ms: loop.percentile(99) / 1e6,
      clock_step_ms: nextOffset - offset,
      ...stallShares(stalls, nextStalls, nowMs - readAtMs),
    };
    cpu = now;
    stalls = nextStalls;
    readAtMs = nowMs;
    offset = nextOffset;
    loop.reset();
    await log.append(row);
  };
  let failure: unknown;
  let current = Promise.resolve();
  const timer = setInterval(() => {
    current = current.then(sample).catch((error: unknown) => {
      failure = error;
    });
  }, sampleEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await current;
      loop.disable();
      await log.close();
      if (failure !== undefined) throw failure;
    },
  };
}
