// summary.md: the verdict for a pull request or a CI step summary.
import type { CheckName } from '../checks.ts';
import { alertLabel } from '../detection.ts';
import type { VerdictFile } from '../verdict-file.ts';
import { advice } from './advice.ts';
import { loadSentence, primedSentence, verdictSentence, verdictTitle } from './words.ts';

const icons = { go: '✅', 'no-go': '❌', inconclusive: '❔', invalid: '🚫' } as const;

/** Text inside a table cell or a list: no markup of its own, no line of its own. */
const plain = (text: string) =>
  text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, (character) => `\\${character}`);

export function renderSummary(verdict: VerdictFile, notes: readonly string[] = []): string {
  const lines = [
    `# ${icons[verdict.verdict]} ${verdictTitle(verdict)}`,
    '',
    ...(verdict.sabotage === null ? [] : [`Sabotaged on purpose: ${plain(verdict.sabotage)}.`, '']),
    ...(verdict.primed === undefined ? [] : [plain(primedSentence(verdict.primed)), '']),
    verdictSentence(verdict),
    loadSentence(verdict),
    '',
    ...(verdict.reasons.length === 0 ? [] : ['## Why', '']),
    ...verdict.reasons.map(
      (r, at) =>
        `${at + 1}. **${r.check}** ${plain(r.detail)}\n   Next: ${plain(advice[r.check as CheckName] ?? '')}`,
    ),
    ...(verdict.reasons.length === 0 ? [] : ['']),
    '## Alerts',
    '',
    '| alert | experiment | outcome | detected after | budget |',
    '|---|---|---|---|---|',
    ...verdict.alerts.map(
      (d) =>
        `| ${plain(alertLabel(d))} | ${plain(d.experiment)} | ${plain(d.kind)} | ${d.detect_seconds?.toFixed(1) ?? '–'} s | ${d.budget_seconds.toFixed(1)} s |`,
    ),
    '',
    `Run \`${verdict.run_id}\`, ${verdict.mode}, exit code ${verdict.exit_code}.`,
    ...notes.map((note) => `\n${plain(note)}`),
    '',
  ];
  return lines.join('\n');
}
