// Ends whatever a dead engine left behind, from its journal alone.
import { endFault } from '../faults/lab-control.ts';
import { openJournal, openUndos } from './journal.ts';

export interface UndoReport {
  readonly undone: readonly string[];
  readonly failed: readonly { readonly fault_id: string; readonly reason: string }[];
}

export async function undoFromJournal(
  path: string,
  target: { readonly labControlUrl: string },
): Promise<UndoReport> {
  const open = await openUndos(path);
  const undone: string[] = [];
  const failed: { fault_id: string; reason: string }[] = [];
  if (open.length === 0) return { undone, failed };
  const journal = await openJournal(path);
  try {
    for (const { run, undo } of open) {
      try {
        await endFault(target.labControlUrl, undo.fault_id);
        await journal.write(run, { kind: 'undone', fault_id: undo.fault_id });
        undone.push(undo.fault_id);
      } catch (error) {
        // One that fails must not keep the others alive.
        failed.push({ fault_id: undo.fault_id, reason: (error as Error).message });
      }
    }
  } finally {
    await journal.close();
  }
  return { undone, failed };
}
