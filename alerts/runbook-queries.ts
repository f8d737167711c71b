// What a runbook tells its reader to ask Prometheus, and to type.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '../core/telemetry/metrics.ts';
import { runtimeMetrics } from '../core/telemetry/metrics/runtime.ts';
import { runbookDirectory, runbookNames } from './generate.ts';

const askable = [
  ...[...metrics, ...runtimeMetrics].map((metric) => metric.name),
  'slo:',
  'up{',
  'alertmanager_',
  'prometheus_',
];

export const readRunbook = (name: string): string =>
  readFileSync(join(runbookDirectory, `${name}.md`), 'utf8');

/** Code spans that are questions to Prometheus. */
export const queriesIn = (runbook: string): string[] =>
  [...runbook.matchAll(/`([^`\n]+)`/g)]
    .map((match) => match[1]!)
    .filter((code) => askable.some((name) => code.includes(name)) && !code.startsWith('select '));

/** Of every runbook, each query once. */
export const runbookQueries = (): string[] => [
  ...new Set([...runbookNames()].flatMap((name) => queriesIn(readRunbook(name)))),
];

/** Statements for the database, without their last semicolon. */
export const statementsIn = (runbook: string): string[] =>
  [...runbook.matchAll(/`(select [^`]+)`/g)].map((match) => match[1]!.replace(/;$/, ''));

/** Commands of ours, as they are typed. */
export const commandsIn = (runbook: string): string[] =>
  [...runbook.matchAll(/`(headroom [^`\n]+)`/g)].map((match) => match[1]!);
