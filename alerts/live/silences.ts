// Silences for what is planned: a game day, a migration. They end by themselves, and what must never be is never silenced.
import { invariants } from '../../core/telemetry/metrics/invariants.ts';
import { causeAlerts, causeOfInvariant } from '../causes.ts';
import { journeys } from '../journeys.ts';
import { slos } from '../slos.ts';

export interface PlannedSilence {
  readonly alerts: readonly string[];
  readonly forSeconds: number;
  readonly by: string;
  readonly why: string;
}

/** Longer than any game day; who needs more asks again. */
export const longestSilenceSeconds = 4 * 3_600;

/** The dead-man's switch proves the path, also while somebody plays; an invariant has no budget for playing. */
const neverSilent = new Set<string>(['Watchdog', ...invariants.map(causeOfInvariant)]);
const known = new Set<string>([
  ...causeAlerts.map(({ name }) => name),
  ...[...slos, ...journeys].map(({ alertName }) => alertName),
]);

export function refuseSilence({ alerts, forSeconds }: PlannedSilence): string[] {
  return [
    ...(alerts.length === 0 ? ['name at least one alert'] : []),
    ...alerts.filter((name) => !known.has(name)).map((name) => `there is no alert ${name}`),
    ...alerts
      .filter((name) => neverSilent.has(name))
      .map((name) => `${name} is never silenced: a game day must not break it either`),
    ...(forSeconds > longestSilenceSeconds
      ? [`a silence lasts ${longestSilenceSeconds / 3_600} h at most`]
      : []),
  ];
}

/** The body of `POST /api/v2/silences`. */
const silenceBody = ({ alerts, forSeconds, by, why }: PlannedSilence, nowMs: number) => ({
  matchers: [{ name: 'alertname', value: alerts.join('|'), isRegex: true, isEqual: true }],
  startsAt: new Date(nowMs).toISOString(),
  endsAt: new Date(nowMs + forSeconds * 1_000).toISOString(),
  createdBy: by,
  comment: why,
});

export async function silence(
  alertmanagerUrl: string,
  planned: PlannedSilence,
): Promise<{ readonly id: string; readonly until: string }> {
  const body = silenceBody(planned, Date.now());
  const response = await fetch(`${alertmanagerUrl}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`Alertmanager refused the silence: ${await response.text()}`);
  const { silenceID } = (await response.json()) as { silenceID: string };
  return { id: silenceID, until: body.endsAt };
}
