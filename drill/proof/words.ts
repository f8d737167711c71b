// The proof in words: the same in the page and on the terminal.
import { type Proof, unproven } from './proof.ts';
import { date, type Look, type State, type Subject } from './subject.ts';

export const kindWords = {
  alert: 'alerts',
  query: 'dashboard queries',
  runbook: 'runbooks',
  check: 'checks of the verdict',
} as const;

export const stateWords: Readonly<Record<State, string>> = {
  never: 'never',
  failed: 'failed',
  changed: 'changed since',
  half: 'half proven',
  idle: 'waits',
  proven: 'proven',
};

export function lookSentence({ how, at_ms, where, outcome, detail, same }: Look): string {
  const said = outcome === 'failed' ? `${how} FAILED` : outcome === 'idle' ? `${how}: waited` : how;
  return `${said} ${date(at_ms)} in ${where}${same ? '' : ' (another version)'}: ${detail}`;
}

export const countSentence = ({ counts, heard_live }: Pick<Proof, 'counts' | 'heard_live'>) =>
  counts
    .map(({ kind, proven, all }) => {
      const live = kind === 'alert' ? ` (${heard_live} heard live)` : '';
      return `${proven} of ${all} ${kindWords[kind]}${live}`;
    })
    .join(', ');

/** What was seen is told in full in the page and in JSON. */
const detailAtMost = 90;
const short = (look: Look): Look => ({
  ...look,
  detail: look.detail.length > detailAtMost ? `${look.detail.slice(0, detailAtMost)}…` : look.detail,
});

function row({ kind, name, state, looks, notes, next }: Subject): string {
  const said = [...looks.map(short).map(lookSentence), ...notes].join('; ');
  const head = `${stateWords[state].padEnd(13)}  ${kind.padEnd(7)}  ${name.padEnd(42)}`;
  return `${head}  ${said}${next === null ? '' : `\n${' '.repeat(24)}→ ${next}`}`;
}

export function proofText(proof: Proof): string {
  const open = unproven(proof).length;
  const from = `${proof.runs.length} drills in ${proof.evidence} that may be believed`;
  return [
    ...proof.subjects.map(row),
    ...proof.ignored.map(({ folder, why }) => `proves nothing: ${folder}: ${why}`),
    '',
    `proven: ${countSentence(proof)}; ${open} left (${from})`,
  ].join('\n');
}
