// What an alert on a cause is, and the two shapes that most of them have.
import type { Team } from '../alert.ts';
import type { Severity } from '../burn-rate.ts';
import type { DashboardName } from '../links.ts';

export interface CauseAlert {
  readonly name: string;
  readonly expr: string;
  readonly forSeconds: number;
  /** Range the expression looks back over; 0 = the newest sample. At least four scrapes of 2 s. */
  readonly rateWindowSeconds: number;
  readonly severity: Severity;
  readonly team: Team;
  /** Where it is seen. */
  readonly dashboard: DashboardName;
  readonly variables?: Readonly<Record<string, string>>;
  /** More labels, for the routing. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  /** How long it goes on after its expression is over: for what is ended by our own reaction to it. */
  readonly keepFiringSeconds?: number;
  /** What builds up over minutes is not asked for every two seconds. */
  readonly slow?: true;
}

/** Enough of them, and a share that is no hiccup. */
export interface ShareLimit {
  readonly windowSeconds: number;
  readonly minBad: number;
  readonly minShare: number;
}

/** A limit as it is said to people. */
export const saidOf = (seconds: number) => {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${seconds / 60} min` : `${seconds / 3_600} h`;
};

export const windowOf = ({ windowSeconds }: { readonly windowSeconds: number }) => `${windowSeconds}s`;

export const tooMany = (bad: string, all: string, { minBad, minShare }: ShareLimit) =>
  [`${bad} >= ${minBad}`, `and ${bad} > ${minShare} * ${all}`].join('\n');

/** There is something to do, and nobody is heard doing it; where it is `excused`, nobody has to. */
export const unheard = (work: string, heard: string, by: string, excused?: string) =>
  [
    work,
    ...[heard, excused].filter((one) => one !== undefined).map((one) => `unless on (${by}) ${one} > 0`),
  ].join('\n');
