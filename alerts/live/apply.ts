// Puts the rules and the routing where the servers read them, and has them read. What a server refuses is put back.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { renderAlertmanager, renderRules } from '../render.ts';
import { reload } from './servers.ts';

export interface Place {
  readonly url: string;
  /** The file that this server reads, as this process reaches it. */
  readonly file: string;
}

export interface ApplyOptions {
  readonly prometheus: Place;
  readonly alertmanager?: (Place & { readonly webhookUrl: string }) | undefined;
}

export type Applied =
  | { readonly kind: 'applied'; readonly files: readonly string[] }
  | { readonly kind: 'refused'; readonly file: string; readonly reason: string };

export async function applyAlerts({ prometheus, alertmanager }: ApplyOptions): Promise<Applied> {
  const wanted = [
    { ...prometheus, content: renderRules() },
    ...(alertmanager === undefined
      ? []
      : [{ ...alertmanager, content: renderAlertmanager(alertmanager.webhookUrl) }]),
  ];
  for (const { url, file, content } of wanted) {
    const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
    put(file, content);
    const reason = await reload(url).catch((error: unknown) => {
      restore(file, before);
      throw error;
    });
    if (reason === null) continue;
    // A server that was told to read a bad file goes on with the old one until it is started again.
    restore(file, before);
    return { kind: 'refused', file, reason };
  }
  return { kind: 'applied', files: wanted.map(({ file }) => file) };
}

function restore(file: string, before: string | null): void {
  if (before === null) rmSync(file, { force: true });
  else put(file, before);
}

/** In place of the old one in one step; a mounted file cannot be replaced, only written. */
function put(file: string, content: string): void {
  try {
    writeFileSync(`${file}.part`, content);
    renameSync(`${file}.part`, file);
  } catch {
    rmSync(`${file}.part`, { force: true });
    writeFileSync(file, content);
  }
}

export const appliedText = (applied: Applied): string =>
  applied.kind === 'applied'
    ? `Written and loaded: ${applied.files.join(', ')}`
    : `${applied.file} was refused and put back: ${applied.reason}`;
