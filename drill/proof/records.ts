// What the records say of one thing. Pure.
import type { ProofRecord } from './record.ts';
import type { Kind, Look } from './subject.ts';

const howOf = {
  'alerts prove': 'promtool cases',
  'alerts mutate': 'mutants',
  'dashboards check': 'shown live',
  'test of the judge': 'turned red by planted facts',
  'test of runbook SQL': 'PostgreSQL ran its SQL',
  'test of runbook commands': 'a shop answered its commands',
} as const satisfies Record<ProofRecord['command'], Look['how']>;

export function recordLooks(
  records: readonly ProofRecord[],
  { kind, name, hash }: { readonly kind: Kind; readonly name: string; readonly hash: string },
): Look[] {
  return records.flatMap(({ command, at, git, subjects }) =>
    subjects
      .filter((subject) => subject.kind === kind && subject.name === name)
      .map(({ outcome, detail, sha256 }) => ({
        how: kind === 'runbook' && command === 'alerts prove' ? 'promtool read its queries' : howOf[command],
        at_ms: Date.parse(at),
        where: `${command} at ${git.sha.slice(0, 7)}${git.dirty ? ' with changes' : ''}`,
        ...{ outcome, detail, same: sha256 === hash },
      })),
  );
}
