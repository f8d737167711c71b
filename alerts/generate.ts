// Writes alerts/generated/. Refuses the whole lot when one rule could not work.
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refuseAlert, refuseSlo } from './refusals.ts';
import { renderAlertmanager, renderRules } from './render.ts';
import { alertRules, ruleGroups } from './rules.ts';
import { slos } from './slos.ts';

export const runbookDirectory = join(import.meta.dirname, 'runbooks');
export const generatedDirectory = join(import.meta.dirname, 'generated');

export function runbookNames(): Set<string> {
  return new Set(
    readdirSync(runbookDirectory)
      .filter((file) => file.endsWith('.md'))
      .map((file) => file.slice(0, -'.md'.length)),
  );
}

/** File name → content. Throws one error that lists every refusal. */
export function generate(): Map<string, string> {
  const groups = ruleGroups();
  const runbooks = runbookNames();
  const refusals = [
    ...slos.flatMap(refuseSlo),
    ...new Set(alertRules(groups).flatMap((rule) => refuseAlert(rule, runbooks))),
  ];
  if (refusals.length > 0) throw new Error(`these alerts could not work:\n  ${refusals.join('\n  ')}`);
  return new Map([
    ['rules.yml', renderRules(groups)],
    ['alertmanager.yml', renderAlertmanager()],
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(generatedDirectory, { recursive: true });
  for (const [file, content] of generate()) {
    const target = join(generatedDirectory, file);
    writeFileSync(`${target}.part`, content);
    renameSync(`${target}.part`, target);
  }
}
