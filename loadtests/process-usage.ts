// What a process of ours uses, read from /proc once a second: its last reading outlives it.
import { readFileSync } from 'node:fs';

// USER_HZ is 100 on every Linux that Node runs on.
const ticksPerSecond = 100;
const everyMs = 1_000;

export interface ProcessUsage {
  /** Null where there is no /proc. */
  readonly cpuSeconds: number | null;
  readonly peakMemoryMb: number | null;
}

export function watchProcess(pid: number | undefined): { read(): ProcessUsage; stop(): void } {
  let last: ProcessUsage = { cpuSeconds: null, peakMemoryMb: null };
  const look = () => {
    try {
      // The name in parentheses may hold spaces: fields are counted from behind it. utime and stime are 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      last = {
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
        peakMemoryMb: peak === undefined ? last.peakMemoryMb : Math.round(Number(peak) / 1024),
      };
    } catch {
      // The process has just ended, or this system has no /proc: the last reading stands.
    }
  };
  const timer = setInterval(look, everyMs);
  look();
  return { read: () => last, stop: () => clearInterval(timer) };
}
