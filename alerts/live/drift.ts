// Whether what runs is what the code says: rules, the way to Alertmanager, routing, receivers, silences. What a server does
// not show is said too: silence about it would read as "the same".
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { alertmanagerConfig } from '../alertmanager.ts';
import type { LinkBases } from '../links.ts';
import type { Receivers } from '../receivers.ts';
import { renderRules } from '../render.ts';
import { type RuleGroup, ruleGroups } from '../rules.ts';
import { connectionDrift, connectsWithinMs } from './connection-drift.ts';
import { receiverDrift, type Seen } from './receiver-drift.ts';
import { type Routing, routingDrift } from './routing-drift.ts';
import { ruleDrift } from './rule-drift.ts';
import { BadPath, readJson, readText } from './servers.ts';
import { type LiveSilence, silenceDrift } from './silence-drift.ts';

export interface DriftOptions {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl?: string | undefined;
  readonly links?: LinkBases | undefined;
  readonly receivers?: Receivers | undefined;
  /** The file that Prometheus reads: it holds what the API does not tell. */
  readonly rulesFile?: string | undefined;
  /** How long a Prometheus may take to find its Alertmanager. */
  readonly connectsWithinMs?: number;
}

async function prometheusDrift(options: DriftOptions): Promise<Seen> {
  const { prometheusUrl, links, rulesFile } = options;
  const groups = ruleGroups(undefined, undefined, links);
  const found = await Promise.all([
    ruleDrift(prometheusUrl, groups),
    connectionDrift(prometheusUrl, options.connectsWithinMs ?? connectsWithinMs),
  ]);
  return {
    differences: [...found.flat(), ...(rulesFile === undefined ? [] : fileDrift(rulesFile, groups))],
    not_seen:
      rulesFile === undefined
        ? ['query_offset of a group: Prometheus tells it nobody; say which file it reads, with --rules-file']
        : [],
  };
}

interface RuleFile {
  readonly groups?: readonly Readonly<Record<string, unknown>>[];
}

/** Of each group what stands beside its rules; the rules themselves are asked of the server. */
function fileDrift(file: string, groups: readonly RuleGroup[]): string[] {
  const read = (text: string) => ((parse(text) ?? {}) as RuleFile).groups ?? [];
  const ours = read(renderRules(groups));
  return read(contentOf(file)).flatMap(({ rules: _, ...head }) => {
    const { rules: __, ...wanted } = ours.find(({ name }) => name === head.name) ?? {};
    return !('name' in wanted) || isDeepStrictEqual(head, wanted)
      ? []
      : [`${file}: a group is ${JSON.stringify(head)} and should be ${JSON.stringify(wanted)}`];
  });
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadPath(`${file} cannot be read: ${(error as Error).message}`);
  }
}

async function alertmanagerDrift(url: string, receivers: Receivers | undefined): Promise<Seen> {
  const [{ config }, metrics, silences] = await Promise.all([
    readJson<{ config: { original: string } }>(`${url}/api/v2/status`),
    readText(`${url}/metrics`),
    readJson<readonly LiveSilence[]>(`${url}/api/v2/silences`),
  ]);
  const live = parse(config.original) as Routing;
  const told = receiverDrift(live, metrics, receivers);
  return {
    differences: [
      ...routingDrift(alertmanagerConfig(receivers), live),
      ...told.differences,
      ...silenceDrift(silences),
    ],
    not_seen: told.not_seen,
  };
}

export async function alertDrift(options: DriftOptions): Promise<Seen> {
  const { alertmanagerUrl, receivers } = options;
  const found = await Promise.all([
    prometheusDrift(options),
    alertmanagerUrl === undefined
      ? {
          differences: [],
          not_seen: ['routing, receivers and silences: say where Alertmanager is, with --alertmanager'],
        }
      : alertmanagerDrift(alertmanagerUrl, receivers),
  ]);
  return {
    differences: found.flatMap(({ differences }) => differences),
    not_seen: found.flatMap(({ not_seen }) => not_seen),
  };
}

export function driftText({ differences, not_seen }: Seen): string {
  const list = (lines: readonly string[]) => `\n  ${lines.join('\n  ')}`;
  const said =
    differences.length === 0
      ? 'What runs is what the code says.'
      : `${differences.length} differences:${list(differences)}`;
  return not_seen.length === 0 ? said : `${said}\nNot looked at:${list(not_seen)}`;
}
