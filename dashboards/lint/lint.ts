// Every rule over every dashboard.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardUids } from '../../alerts/links.ts';
import { checkRules } from '../../alerts/prometheus-tools.ts';
import { generate, generatedDirectory, readVersion } from '../generate.ts';
import type { Document, Surroundings } from './document.ts';
import { generated, strays } from './generated.ts';
import { asRules } from './parse.ts';
import { rules } from './rules.ts';

export interface Finding {
  readonly rule: string;
  readonly said: string;
}

const runbookDirectory = join(import.meta.dirname, '..', '..', 'alerts', 'runbooks');

export const surroundings = (directory = generatedDirectory): Surroundings => ({
  files: readVersion(directory),
  uids: new Set(Object.values(dashboardUids)),
  runbooks: new Set(
    readdirSync(runbookDirectory)
      .filter((file) => file.endsWith('.md'))
      .map((file) => file.slice(0, -'.md'.length)),
  ),
});

export const documents = (): Document[] =>
  [...generate().values()].map((text) => JSON.parse(text) as Document);

export const lint = (all: readonly Document[] = documents(), around = surroundings()): Finding[] => [
  ...all.flatMap((document) =>
    rules.flatMap((rule) => rule.find(document, around).map((said) => ({ rule: rule.name, said }))),
  ),
  ...strays(all, around).map((said) => ({ rule: generated.name, said })),
];

/** The rules over the code and over what is written of it, and promtool, which reads PromQL as Prometheus does. */
export async function lintWith(promtool: string, directory = generatedDirectory): Promise<Finding[]> {
  const all = documents();
  const read = await checkRules(promtool, asRules(all));
  const said = read.kind === 'ok' ? [] : [{ rule: 'promtool', said: read.output.trim() }];
  return [...lint(all, surroundings(directory)), ...said];
}

export const lintText = (found: readonly Finding[]): string =>
  found.length === 0
    ? `${rules.length} rules, no findings`
    : found.map(({ rule, said }) => `${rule}: ${said}`).join('\n');
