// Who is told, by address: pages and tickets of each team, whoever speaks to customers, whoever waits for the dead-man's switch.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Team, teams } from './alert.ts';

interface Addresses {
  readonly pages: string;
  readonly tickets: string;
}
export interface Receivers {
  readonly teams: Readonly<Record<Team, Addresses>>;
  readonly communication: string;
  /** Complains when it hears nothing: it must not share the fate of what it watches. */
  readonly watchdog: string;
}

/** One address for everybody: a drill, which listens to itself. */
export function everybodyAt(url: string): Receivers {
  const addresses = { pages: url, tickets: url };
  return {
    teams: Object.fromEntries(teams.map((team) => [team, addresses])) as Record<Team, Addresses>,
    communication: url,
    watchdog: url,
  };
}

/** Stands in the committed file and resolves nowhere. */
export const placeholderReceivers = everybodyAt('http://on-call.invalid/alerts');

/** `.invalid` never resolves (RFC 6761): whoever is told there is told nothing. */
export const isPlaceholder = (url: string): boolean => hostOf(url)?.endsWith('.invalid') ?? false;

/** The mistake of whoever wrote the file. */
class BadReceivers extends Error {
  override readonly name = 'UsageError';
}

function hostOf(url: string): string | null {
  try {
    const { protocol, hostname } = new URL(url);
    return protocol === 'http:' || protocol === 'https:' ? hostname : null;
  } catch {
    return null;
  }
}

const names = [...teams, 'communication', 'watchdog'] as const;

/** YAML or JSON: `payments: https://…`, or `payments: { pages: https://…, tickets: https://… }`. Nobody may be left out. */
export function readReceivers(file: string): Receivers {
  const told = contentOf(file);
  const wrong = [
    ...Object.keys(told)
      .filter((name) => !(names as readonly string[]).includes(name))
      .map((name) => `there is no receiver ${name}`),
    ...names.filter((name) => !(name in told)).map((name) => `${name} is missing: nobody would be told`),
    ...names.filter((name) => name in told).flatMap((name) => refuseAddress(name, told[name])),
  ];
  if (wrong.length > 0)
    throw new BadReceivers(`${file}: ${wrong.join('; ')}. It names ${names.join(', ')}, each with a URL`);
  const ofTeam = (value: unknown) =>
    typeof value === 'string' ? { pages: value, tickets: value } : (value as Addresses);
  return {
    teams: Object.fromEntries(teams.map((team) => [team, ofTeam(told[team])])) as Record<Team, Addresses>,
    communication: told.communication as string,
    watchdog: told.watchdog as string,
  };
}

function contentOf(file: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new BadReceivers(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (content === null || typeof content !== 'object' || Array.isArray(content))
    throw new BadReceivers(`${file} must name a URL for each of ${names.join(', ')}`);
  return content as Record<string, unknown>;
}

function refuseAddress(name: (typeof names)[number], value: unknown): string[] {
  if (typeof value === 'string') return hostOf(value) === null ? [`${name}: ${value} is no http URL`] : [];
  const { pages, tickets, ...more } = (value ?? {}) as Partial<Addresses>;
  const isTeam = (teams as readonly string[]).includes(name);
  if (!isTeam || Object.keys(more).length > 0 || pages === undefined || tickets === undefined)
    return [`${name} must be a URL${isTeam ? ', or have one for pages and one for tickets' : ''}`];
  return [pages, tickets]
    .filter((url) => hostOf(url) === null)
    .map((url) => `${name}: ${url} is no http URL`);
}
