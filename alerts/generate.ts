// Writes alerts/generated/. Refuses the whole lot when one rule could not work.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineSlo } from './define-slo.ts';
import { journeys } from './journeys.ts';
import type { LinkBases } from './links.ts';
import { exemptedList } from './mutants/exempted-list.ts';
import type { Receivers } from './receivers.ts';
import { refuseAlert, refuseGuards } from './refusals.ts';
import { renderAlertmanager, renderCriteria, renderManifest, renderOpenSlo, renderRules } from './render.ts';
import { refuseGroups } from './rule-refusals.ts';
import { alertRules, ruleGroups } from './rules.ts';
import { runbookSections, withSection } from './runbook-sections.ts';
import { refuseScrapes } from './scrape-refusals.ts';
import { slos } from './slos.ts';
import { timeToDetectTable } from './time-to-detect.ts';

const roomDirectory = import.meta.dirname;
export const runbookDirectory = join(import.meta.dirname, 'runbooks');

export function runbookNames(): Set<string> {
  return new Set(
    readdirSync(runbookDirectory)
      .filter((file) => file.endsWith('.md'))
      .map((file) => file.slice(0, -'.md'.length)),
  );
}

/** Runbook → the anchors of its headings, the ones that generation adds included. */
export function runbookHeadings(): Map<string, Set<string>> {
  const sections = runbookSections();
  return new Map(
    [...runbookNames()].map((name) => {
      const text = readFileSync(join(runbookDirectory, `${name}.md`), 'utf8') + (sections.get(name) ?? '');
      return [name, new Set([...text.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]!)))];
    }),
  );
}

/** As GitHub and Grafana make anchors of headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

/** Nothing was generated, because something could not work: a mistake of whoever defined it. */
class Refused extends Error {
  override readonly name = 'UsageError';
}

/** File, relative to this directory → content. Throws one error that lists every refusal. */
export function generate(): Map<string, string> {
  const groups = ruleGroups();
  const runbooks = runbookHeadings();
  const refusals = [
    ...[...slos, ...journeys].flatMap((objective) => defineSlo(objective).refusals),
    ...refuseGuards(),
    ...refuseGroups(groups),
    ...refuseScrapes(groups),
    ...new Set(alertRules(groups).flatMap((rule) => refuseAlert(rule, runbooks))),
  ];
  if (refusals.length > 0) throw new Refused(`these alerts could not work:\n  ${refusals.join('\n  ')}`);
  return new Map([
    ['generated/rules.yml', renderRules(groups)],
    ['generated/alertmanager.yml', renderAlertmanager()],
    ['generated/prometheus-rule.yml', renderManifest()],
    ['generated/open-slo.yml', renderOpenSlo()],
    ['generated/load-criteria.yml', renderCriteria()],
    ['generated/time-to-detect.md', timeToDetectTable()],
    ['generated/exempted-mutants.md', exemptedList()],
    ...[...runbookSections()].map(([name, section]) => {
      const file = `runbooks/${name}.md`;
      return [file, withSection(readFileSync(join(roomDirectory, file), 'utf8'), name, section)] as const;
    }),
  ]);
}

/** Files whose committed content is not what the code says. */
export const staleFiles = (files: ReadonlyMap<string, string>): string[] =>
  [...files]
    .filter(([file, content]) => readIfThere(join(roomDirectory, file)) !== content)
    .map(([file]) => `alerts/${file}`);

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : null);

function write(files: ReadonlyMap<string, string>, directory: string): void {
  try {
    for (const [file, content] of files) {
      const target = join(directory, file);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(`${target}.part`, content);
      renameSync(`${target}.part`, target);
    }
  } catch (error) {
    throw new Refused(`nothing can be written to ${directory}: ${(error as Error).message}`);
  }
}

interface Generated {
  readonly files: number;
  readonly written: readonly string[];
  readonly seconds: number;
}

/** Writes what is stale and leaves the rest alone. */
export function regenerate(): Generated {
  const started = performance.now();
  const files = generate();
  const stale = staleFiles(files);
  write(new Map([...files].filter(([file]) => stale.includes(`alerts/${file}`))), roomDirectory);
  return { files: files.size, written: stale, seconds: (performance.now() - started) / 1_000 };
}

export interface Elsewhere {
  readonly directory: string;
  readonly links: LinkBases;
  readonly receivers?: Receivers | undefined;
}

/** What another Prometheus and Alertmanager read, with links and receivers of their own; the committed files stay as they are. */
export function generateElsewhere({ directory, links, receivers }: Elsewhere): Generated {
  const started = performance.now();
  generate();
  const groups = ruleGroups(undefined, undefined, links);
  const files = new Map([
    ['rules.yml', renderRules(groups)],
    ['alertmanager.yml', renderAlertmanager(receivers)],
    ['prometheus-rule.yml', renderManifest(groups)],
  ]);
  write(files, directory);
  const written = [...files.keys()].map((file) => join(directory, file));
  return { files: files.size, written, seconds: (performance.now() - started) / 1_000 };
}

export const generatedText = ({ files, written, seconds }: Generated): string =>
  [`${files} files in ${seconds.toFixed(2)} s, ${written.length} of them new or changed`, ...written].join(
    '\n  ',
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(generatedText(regenerate()));
