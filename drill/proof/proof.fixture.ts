// Evidence of drills that never were, as `headroom proof` finds it: with the rules and the dashboards that ran.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dashboardUids } from '../../alerts/links.ts';
import { renderRules } from '../../alerts/render.ts';
import { queriesOf } from '../../dashboards/board.ts';
import { boards } from '../../dashboards/boards.ts';
import { generate } from '../../dashboards/generate.ts';
import { type Facts, healthyFacts, writeFacts } from '../evidence.fixture.ts';
import { dashboardFile } from '../evidence.ts';
import { finish } from '../finish.ts';
import { sabotages } from '../sabotage/sabotages.ts';

/** A clone of its own: its evidence and what it remembers. */
export interface Ground {
  readonly evidence: string;
  readonly state: string;
}
export async function ground(root: string, name: string, like?: Ground): Promise<Ground> {
  const made = { evidence: join(root, name, 'evidence'), state: join(root, name, 'state') };
  await mkdir(made.evidence, { recursive: true });
  if (like !== undefined) await cp(dirname(like.evidence), join(root, name), { recursive: true });
  return made;
}

export interface Kept {
  rules: string;
  readonly dashboards: Map<string, string>;
}

/** A drill that showed every query live, unless something is planted in its facts or in the files that ran. */
export async function drilled(
  { evidence, state }: Ground,
  runId: string,
  plant: (facts: Facts, kept: Kept) => void = () => undefined,
) {
  const dir = join(evidence, runId);
  const facts = healthyFacts();
  facts.run.run_id = runId;
  facts.panels = boards.flatMap((board) =>
    queriesOf(board).map(({ title, expr }) => ({
      ...{ panel: title, query: expr, live: true, detail: '1 series, moved' },
      dashboard: dashboardUids[board.name],
    })),
  );
  const kept: Kept = { rules: renderRules(), dashboards: generate() };
  plant(facts, kept);
  await mkdir(join(dir, dirname(dashboardFile('verdict'))), { recursive: true });
  await writeFacts(dir, facts);
  await writeFile(join(dir, 'rules.yml'), kept.rules);
  for (const [name, text] of kept.dashboards)
    await writeFile(join(dir, dashboardFile(name.replace('.json', ''))), text);
  await finish({
    ...{ dir, facts: facts.run, versions: { node: '22' } },
    sabotage: sabotages.find((sabotage) => sabotage.name === facts.run.sabotage) ?? null,
    ledgerFile: join(state, 'verdicts.ndjson'),
  });
}
