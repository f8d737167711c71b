// Silences that `headroom alerts silence` would have refused: of what must never be quiet, or for longer than a game day.
import { alertRules, ruleGroups } from '../rules.ts';
import { longestSilenceSeconds, neverSilent } from './silences.ts';

export interface LiveSilence {
  readonly id: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly matchers: readonly {
    readonly name: string;
    readonly value: string;
    readonly isRegex: boolean;
    /** Absent before Alertmanager could say "not". */
    readonly isEqual?: boolean;
  }[];
}

const protectedAlerts = () =>
  alertRules(ruleGroups())
    .filter(({ alert }) => neverSilent.has(alert))
    .map(({ alert, labels }): Readonly<Record<string, string>> => ({ ...labels, alertname: alert }));

/** A label that only the series has may be anything: it is taken to match. */
function holds(
  { name, value, isRegex, isEqual = true }: LiveSilence['matchers'][number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const of = labels[name];
  if (of === undefined) return true;
  return (isRegex ? new RegExp(`^(?:${value})$`).test(of) : of === value) === isEqual;
}

export function silenceDrift(silences: readonly LiveSilence[]): string[] {
  return silences
    .filter(({ status }) => status.state !== 'expired')
    .flatMap((silence) => {
      const { matchers, startsAt, endsAt, createdBy, comment } = silence;
      const named = `the silence of ${createdBy} (${comment}) until ${endsAt}`;
      const quiet = protectedAlerts()
        .filter((labels) => matchers.every((matcher) => holds(matcher, labels)))
        .map(({ alertname }) => alertname);
      const seconds = (Date.parse(endsAt) - Date.parse(startsAt)) / 1_000;
      return [
        ...(quiet.length === 0
          ? []
          : [`${named} covers ${[...new Set(quiet)].join(', ')}, which is never silenced`]),
        // Alertmanager sets the beginning itself, a moment after it was asked.
        ...(seconds <= longestSilenceSeconds + 60
          ? []
          : [
              `${named} lasts ${Math.round(seconds / 3_600)} h, ${longestSilenceSeconds / 3_600} h are the most`,
            ]),
      ];
    });
}
