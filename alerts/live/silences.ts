// Silences for what is planned: a game day, a migration. They end by themselves, and what must never be is never silenced.
import { invariants } from '../../core/telemetry/metrics/invariants.ts';
import { causeOfInvariant } from '../causes.ts';
import { alertRules, ruleGroups } from '../rules.ts';
import { postJson } from './servers.ts';

export interface SilencedAlert {
  readonly name: string;
  /** Only where it has these: a game day at one provider says nothing of the other. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface PlannedSilence {
  readonly alerts: readonly SilencedAlert[];
  readonly forSeconds: number;
  readonly by: string;
  readonly why: string;
}

/** Longer than any game day; who needs more asks again. */
export const longestSilenceSeconds = 4 * 3_600;

/** The dead-man's switch proves the path, also while somebody plays; an invariant has no budget for playing. */
export const neverSilent: ReadonlySet<string> = new Set<string>([
  'Watchdog',
  ...invariants.map(causeOfInvariant),
]);
const known: ReadonlySet<string> = new Set(alertRules(ruleGroups()).map(({ alert }) => alert));

export function refuseSilence({ alerts, forSeconds, why }: PlannedSilence): string[] {
  const names = [...new Set(alerts.map(({ name }) => name))];
  return [
    ...(alerts.length === 0 ? ['name at least one alert'] : []),
    ...(why.trim() === '' ? ['--why: say the reason; whoever finds the silence asks for it'] : []),
    ...names.filter((name) => !known.has(name)).map((name) => `there is no alert ${name}`),
    ...names
      .filter((name) => neverSilent.has(name))
      .map((name) => `${name} is never silenced: a game day must not break it either`),
    ...(forSeconds > longestSilenceSeconds
      ? [`a silence lasts ${longestSilenceSeconds / 3_600} h at most`]
      : []),
  ];
}

/** The body of `POST /api/v2/silences`: matchers are joined by "and", so alerts with other labels need another. */
const silenceBody = (
  { name, labels }: SilencedAlert,
  { forSeconds, by, why }: PlannedSilence,
  nowMs: number,
) => ({
  matchers: [
    { name: 'alertname', value: name, isRegex: true, isEqual: true },
    ...Object.entries(labels ?? {}).map(([label, value]) => ({
      ...{ name: label, value },
      ...{ isRegex: false, isEqual: true },
    })),
  ],
  startsAt: new Date(nowMs).toISOString(),
  endsAt: new Date(nowMs + forSeconds * 1_000).toISOString(),
  createdBy: by,
  comment: why,
});

export async function silence(
  alertmanagerUrl: string,
  planned: PlannedSilence,
): Promise<{ readonly ids: readonly string[]; readonly until: string }> {
  const now = Date.now();
  const ids: string[] = [];
  for (const each of planned.alerts) {
    const body = silenceBody(each, planned, now);
    const { silenceID } = await postJson<{ silenceID: string }>(`${alertmanagerUrl}/api/v2/silences`, body);
    ids.push(silenceID);
  }
  return { ids, until: new Date(now + planned.forSeconds * 1_000).toISOString() };
}
