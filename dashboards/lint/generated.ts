// What Grafana loads are the files: one that was edited by hand, or is none, shows something that no rule looked at.
import { diff } from '../diff.ts';
import type { Document, Rule, Surroundings } from './document.ts';

const fix = 'run headroom dashboards generate';

/** What changed for a reader; a file that cannot be read as a dashboard is one difference. */
function compared(file: string, before: string, after: string): string[] {
  try {
    return diff(new Map([[file, before]]), new Map([[file, after]]));
  } catch (error) {
    return [`it is no dashboard (${(error as Error).message})`];
  }
}

function differences(document: Document, { files }: Surroundings): string[] {
  const file = `${document.uid}.json`;
  const written = files.get(file);
  if (written === undefined) return [`${file} is not there; ${fix}`];
  const code = `${JSON.stringify(document, null, 2)}\n`;
  if (written === code) return [];
  const changed = compared(file, written, code);
  // Only what a person wrote otherwise: spaces, the order of keys.
  const said = changed.length === 0 ? ['it is written otherwise'] : changed;
  return said.map((one) => `${file} is not what the code says: ${one}; ${fix}`);
}

export const generated: Rule = { name: 'generated', find: differences };

/** Files that Grafana would load and no code defines. */
export const strays = (all: readonly Document[], { files }: Surroundings): string[] =>
  [...files.keys()]
    .filter((file) => !all.some(({ uid }) => file === `${uid}.json`))
    .map((file) => `${file} is of no dashboard; ${fix}`);
