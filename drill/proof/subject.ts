// What can be proven, and what its looks say of it together. Pure.

export const kinds = ['alert', 'query', 'runbook', 'check'] as const;
export type Kind = (typeof kinds)[number];

/** One time that somebody looked whether it works. */
export interface Look {
  readonly how:
    | 'promtool cases'
    | 'mutants'
    | 'fired live'
    | 'shown live'
    | 'promtool read its queries'
    | 'PostgreSQL ran its SQL'
    | 'a shop answered its commands'
    | 'turned red by planted facts'
    | 'seen red'
    | 'seen green';
  readonly at_ms: number;
  /** The run, or the command and the commit. */
  readonly where: string;
  /** idle: what it waits for did not happen. */
  readonly outcome: 'proven' | 'failed' | 'idle';
  readonly detail: string;
  /** Whether it was then what it is now. */
  readonly same: boolean;
}

/** changed: proven once, and it is another since. half: of two things that must be seen, one was. */
export type State = 'never' | 'failed' | 'changed' | 'half' | 'idle' | 'proven';

export interface Subject {
  readonly kind: Kind;
  readonly name: string;
  readonly state: State;
  /** The one that decides of each `how`, newest first. */
  readonly looks: readonly Look[];
  /** What is known beside the looks, or missing in spite of them. */
  readonly notes: readonly string[];
  /** What to type to prove it; null when it is proven. */
  readonly next: string | null;
}

/** The worst first, which is the order of the page. */
export const states: readonly State[] = ['never', 'failed', 'changed', 'half', 'idle', 'proven'];

const decides = (look: Look) => look.same && look.outcome !== 'idle';

/** Of each `how` the newest that decides; one that waited takes nothing back, and what was another then is the last resort. */
export function decidingLooks(looks: readonly Look[]): Look[] {
  const newest = looks.toSorted((a, b) => b.at_ms - a.at_ms);
  return [...new Set(newest.map(({ how }) => how))]
    .map((how) => newest.filter((look) => look.how === how))
    .map((some) => some.find(decides) ?? some.find((look) => look.same) ?? some[0]!)
    .toSorted((a, b) => b.at_ms - a.at_ms);
}

/** From deciding looks. */
export function stateOf(looks: readonly Look[]): State {
  const now = looks.filter((look) => look.same);
  if (now.some(({ outcome }) => outcome === 'failed')) return 'failed';
  if (now.some(({ outcome }) => outcome === 'proven')) return 'proven';
  if (looks.some((look) => !look.same && look.outcome === 'proven')) return 'changed';
  return now.length > 0 ? 'idle' : 'never';
}

export const date = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
