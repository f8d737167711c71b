// The queries of runbooks, read by promtool.
import { checkRules } from '../../alerts/prometheus-tools.ts';
import { queriesIn, readRunbook } from '../../alerts/runbook-queries.ts';

export interface RunbookAnswer {
  readonly name: string;
  readonly text: string;
  readonly queries: number;
  /** What promtool says against a query; null when it reads them all. */
  readonly refused: string | null;
}

const read = (promtool: string, exprs: readonly string[]) =>
  checkRules(
    promtool,
    JSON.stringify({
      groups: [
        { name: 'runbooks', rules: exprs.map((expr, index) => ({ record: `runbook:query:${index}`, expr })) },
      ],
    }),
  );

/** A runbook that asks Prometheus nothing has no answer. */
export async function readRunbooks(
  promtool: string,
  names: Iterable<string>,
  textOf = readRunbook,
): Promise<RunbookAnswer[]> {
  const asking = [...new Set(names)]
    .map((name) => ({ name, text: textOf(name) }))
    .map((one) => ({ ...one, exprs: [...new Set(queriesIn(one.text))] }))
    .filter(({ exprs }) => exprs.length > 0);
  if (asking.length === 0) return [];
  // All at once, and one by one only to find who it is.
  const together = await read(promtool, [...new Set(asking.flatMap(({ exprs }) => exprs))]);
  const answers: RunbookAnswer[] = [];
  for (const { name, text, exprs } of asking) {
    const answer = together.kind === 'ok' ? together : await read(promtool, exprs);
    const refused = answer.kind === 'ok' ? null : answer.output.trim();
    answers.push({ name, text, queries: exprs.length, refused });
  }
  return answers;
}

export const refusedText = ({ name, refused }: RunbookAnswer) =>
  `alerts/runbooks/${name}.md holds a query that promtool refuses: ${refused}`;
