// The k6 the tests drive: named by HEADROOM_K6, on PATH, or where Headroom keeps its parts.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const cache = process.env.HEADROOM_CACHE ?? join(homedir(), '.cache/headroom');
const places = [
  process.env.HEADROOM_K6,
  ...(process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'k6')),
  join(cache, 'bin/k6'),
  join(cache, 'k6'),
];

export function findK6(): string {
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (found === undefined) {
    throw new Error('no k6: set HEADROOM_K6, put k6 on PATH, or run headroom doctor once');
  }
  return found;
}
