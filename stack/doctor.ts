// What the machine has, what it lacks, and how that can be had. Looks only; changes nothing.
import { accessSync, constants } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { adviceFor } from './install.ts';
import type { Part, Source } from './part.ts';
import { type Inspection, inspectParts } from './parts.ts';
import { cacheDirectory, stateDirectory } from './places.ts';

interface PartReport {
  readonly part: string;
  readonly needed: string;
  /** found: usable now · obtainable: a drill will get it · missing: a person has to. */
  readonly state: 'found' | 'obtainable' | 'missing';
  readonly version: string | null;
  readonly origin: string;
  readonly not_used: readonly string[];
}

export interface Examination {
  readonly usable: boolean;
  readonly node: string;
  readonly cpus: number;
  readonly memory_gib: number;
  readonly cache: string;
  readonly state_directory: string;
  readonly parts: readonly PartReport[];
}

export async function examine(env: NodeJS.ProcessEnv = process.env): Promise<Examination> {
  const parts = (await inspectParts({ env })).map((inspection) => reportOf(inspection, env));
  return {
    usable: parts.every((part) => part.state !== 'missing'),
    node: process.versions.node,
    cpus: availableParallelism(),
    memory_gib: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    cache: cacheDirectory(env),
    state_directory: stateDirectory(env),
    parts,
  };
}

function reportOf({ part, finding }: Inspection, env: NodeJS.ProcessEnv): PartReport {
  const head = { part: part.title, needed: part.minimumVersion };
  if (finding.kind === 'unusable') {
    return { ...head, state: 'missing', version: null, origin: finding.error, not_used: [] };
  }
  const notUsed = finding.rejected.map(({ path, reason }) => `${path}: ${reason}`);
  if (finding.kind === 'found') {
    const { version, origin, binaries } = finding.part;
    const place = Object.values(binaries)[0];
    const where = place === undefined ? origin : `${origin}: ${place}`;
    return { ...head, state: 'found', version, origin: where, not_used: notUsed };
  }
  const source = part.sources.find((candidate) => isAtHand(candidate, env));
  return {
    ...head,
    state: source === undefined ? 'missing' : 'obtainable',
    version: null,
    origin: source === undefined ? waysTo(part) : `a drill gets it: ${adviceFor(source)}`,
    not_used: notUsed,
  };
}

const waysTo = (part: Part) =>
  [`set ${part.pathVariable}`, ...part.sources.map(adviceFor), `image ${part.containerImage}`].join(' · or ');

const programOf = { npm: 'npm', apt: 'apt-get', brew: 'brew', go: 'go' } as const satisfies Record<
  Source['kind'],
  string
>;

function isAtHand(source: Source, env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, programOf[source.kind]), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function doctorText(examination: Examination): string {
  const rows = examination.parts.map((part) => [
    { found: '✓', obtainable: '↓', missing: '✗' }[part.state],
    part.part,
    part.version ?? '–',
    `≥ ${part.needed}`,
    part.origin,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notUsed = examination.parts.flatMap((part) => part.not_used.map((line) => `  not used: ${line}`));
  return [
    ...table,
    ...notUsed,
    '',
    `Node ${examination.node} · ${examination.cpus} CPUs · ${examination.memory_gib} GiB memory`,
    `cache ${examination.cache}`,
    `state ${examination.state_directory}`,
  ].join('\n');
}
