// What /proc/stat hides: tasks that waited for a processor or a disk, and a quota that held the whole container back.
// Linux only, and not on every Linux: what cannot be read is absent.
import { readFile } from 'node:fs/promises';
import type { MachineSample } from './facts.ts';

/** Microseconds since boot. */
export interface Stalls {
  readonly cpu?: number;
  readonly io?: number;
  readonly throttled?: number;
}
export type StallShares = Pick<MachineSample, 'cpu_stall' | 'io_stall' | 'throttled'>;

/** `some` of a pressure file: time in which at least one task waited. */
export function parsePressure(text: string): number | undefined {
  const total = /^some .*\btotal=(\d+)/m.exec(text)?.[1];
  return total === undefined ? undefined : Number(total);
}

/** cgroup 2 writes microseconds, cgroup 1 nanoseconds. */
export function parseThrottled(text: string): number | undefined {
  const usec = /^throttled_usec (\d+)/m.exec(text)?.[1];
  if (usec !== undefined) return Number(usec);
  const nsec = /^throttled_time (\d+)/m.exec(text)?.[1];
  return nsec === undefined ? undefined : Number(nsec) / 1_000;
}

const textOf = (path: string) => readFile(path, 'utf8').catch(() => '');

export async function readStalls(): Promise<Stalls> {
  const [cpuText, ioText, cgroups] = await Promise.all(
    ['/proc/pressure/cpu', '/proc/pressure/io', '/proc/self/cgroup'].map(textOf),
  );
  const cpu = parsePressure(cpuText!);
  const io = parsePressure(ioText!);
  const throttled = await readThrottled(/^0::(.*)$/m.exec(cgroups!)?.[1] ?? '');
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(io === undefined ? {} : { io }),
    ...(throttled === undefined ? {} : { throttled }),
  };
}

/** Inside a container its own group is the root of what is mounted there. */
async function readThrottled(group: string): Promise<number | undefined> {
  const root = '/sys/fs/cgroup';
  for (const place of [`${root}${group}/cpu.stat`, `${root}/cpu.stat`, `${root}/cpu/cpu.stat`]) {
    const found = parseThrottled(await textOf(place));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Shares of the time between two readings; of several cores that are throttled at once the sum, hence the cap. */
export function stallShares(before: Stalls, after: Stalls, elapsedMs: number): StallShares {
  const share = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined || elapsedMs <= 0
      ? undefined
      : Math.min(1, Math.max(0, to - from) / (elapsedMs * 1_000));
  const [cpu, io] = [share(before.cpu, after.cpu), share(before.io, after.io)];
  const throttled = share(before.throttled, after.throttled);
  return {
    ...(cpu === undefined ? {} : { cpu_stall: cpu }),
    ...(io === undefined ? {} : { io_stall: io }),
    ...(throttled === undefined ? {} : { throttled }),
  };
}
