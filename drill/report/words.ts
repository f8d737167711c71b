// The verdict in words, the same in the page, the summary and the terminal.
import type { Verdict } from '../../loadtests/gate/verdict.ts';
import type { VerdictFile } from '../verdict-file.ts';

const titles: Readonly<Record<Verdict, string>> = {
  go: 'Go',
  'no-go': 'No-go',
  inconclusive: 'Inconclusive',
  invalid: 'Invalid run',
};
export const verdictTitle = ({ verdict }: Pick<VerdictFile, 'verdict'>) => titles[verdict];

/** What the head of a page says of a run that is no ordinary one. */
export const primedSentence = (alert: string) =>
  `Primed drill: the history was made close to the threshold of ${alert}. It proves that alert and is no verdict on a release.`;

const count = (n: number) => `${n} check${n === 1 ? '' : 's'}`;

export function verdictSentence({ verdict, reasons, checks, primed }: VerdictFile): string {
  switch (verdict) {
    case 'go':
      if (primed !== undefined)
        return `${primed} was heard within its budget, after a history that was brought close to its threshold. Nothing is said of a release.`;
      return `All ${checks.length} checks passed: no money or stock went missing, and every promised alert was heard in time.`;
    case 'no-go':
      return `The shop is not ready: ${count(reasons.length)} did not hold.`;
    case 'inconclusive':
      return `Nothing can be said of the shop: ${count(reasons.length)} had no sufficient data, and no data is never green.`;
    case 'invalid':
      return `Nothing can be said of the shop: the run itself is not to be trusted.`;
  }
}

/** What "go" is said of. */
export function loadSentence({ load, verdict }: VerdictFile): string {
  if (load.recorded_peak_orders_per_minute === 0) return 'No load was judged.';
  const recorded = load.recorded_peak_orders_per_minute.toFixed(1);
  const replayed = load.replayed_peak_orders_per_minute.toFixed(0);
  const times = load.times_recorded;
  const said = verdict === 'go' ? '“Go” is said of' : 'The verdict is about';
  return (
    `Recorded peak ${recorded} orders/min; this run reached ${replayed}/min = ${times.toFixed(times < 10 ? 1 : 0)} × recorded. ` +
    `${said} ${replayed} orders/min.`
  );
}
