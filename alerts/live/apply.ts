// Puts the rules and the routing where the servers read them, and has them read. What a server refuses is put back.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { LinkBases } from '../links.ts';
import type { Receivers } from '../receivers.ts';
import { renderAlertmanager, renderRules } from '../render.ts';
import { ruleGroups } from '../rules.ts';
import { BadPath, reload } from './servers.ts';

export interface Place {
  readonly url: string;
  /** The file that this server reads, as this process reaches it. */
  readonly file: string;
}

export interface ApplyOptions {
  readonly prometheus: Place;
  readonly alertmanager?: (Place & { readonly receivers: Receivers }) | undefined;
  readonly links?: LinkBases | undefined;
}

export type Applied =
  | { readonly kind: 'applied'; readonly files: readonly string[] }
  | { readonly kind: 'refused'; readonly file: string; readonly reason: string };

export async function applyAlerts({ prometheus, alertmanager, links }: ApplyOptions): Promise<Applied> {
  const wanted = [
    { ...prometheus, content: renderRules(ruleGroups(undefined, undefined, links)) },
    ...(alertmanager === undefined
      ? []
      : [{ ...alertmanager, content: renderAlertmanager(alertmanager.receivers) }]),
  ];
  for (const { url, file, content } of wanted) {
    const before = existing(file);
    put(file, content);
    const reason = await reload(url).catch((error: unknown) => {
      restore(file, before);
      throw error;
    });
    if (reason === null) continue;
    // A server that was told to read a bad file goes on with the old one until it is started again, and says it was refused.
    restore(file, before);
    await reload(url);
    return { kind: 'refused', file, reason };
  }
  return { kind: 'applied', files: wanted.map(({ file }) => file) };
}

function existing(file: string): string | null {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  } catch (error) {
    throw new BadPath(`${file} cannot be read: ${(error as Error).message}`);
  }
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
    write(file, content);
  }
}

function write(file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new BadPath(`${file} cannot be written: ${(error as Error).message}`);
  }
}

export const appliedText = (applied: Applied): string =>
  applied.kind === 'applied'
    ? `Written and loaded: ${applied.files.join(', ')}`
    : `${applied.file} was refused and put back: ${applied.reason}`;
