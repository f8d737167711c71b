// Processor time of a process with everything below it, as the kernel counts it: what it costs, not how long it took.
import { readFileSync } from 'node:fs';
import { identityOf, treeOf } from '../../stack/process-table.ts';
import type { Running } from '../../stack/running.ts';
import { UsageError } from '../../stack/usage-error.ts';

// USER_HZ is 100 on every Linux that Node runs on.
const msPerTick = 10;

export function assertCpuReadable(): void {
  if (process.platform !== 'linux')
    throw new UsageError('the bench reads processor time from /proc, which only Linux has');
}

/** Since each process began, in ms. Backends of PostgreSQL that ended since are in their parent's account. */
export function cpuMs(processes: readonly Running[]): number {
  return processes.reduce((sum, { pid }) => {
    const identity = identityOf(pid);
    if (identity === null) throw new Error(`process ${pid} ended: its processor time is not known any more`);
    return sum + treeOf(identity).reduce((ticks, one) => ticks + ticksOf(one.pid), 0) * msPerTick;
  }, 0);
}

/** utime, stime, and the same of children that were waited for: fields 14 to 17 of man 5 proc. */
function ticksOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0; // ended between the listing and the reading; its parent has it now
  }
}
