// Every query of every dashboard: did it show what a run did? Pure.
import { dashboardUids } from '../../alerts/links.ts';
import { type PanelQuery, queriesOf } from '../../dashboards/board.ts';
import { boards } from '../../dashboards/boards.ts';
import { whyNever } from '../../dashboards/events.ts';
import { sha256 } from './fingerprints.ts';
import { type ProofRecord, queryName } from './record.ts';
import { recordLooks } from './records.ts';
import type { ProvenRun } from './runs.ts';
import { decidingLooks, type Look, stateOf, type Subject } from './subject.ts';

const check = 'headroom dashboards check --prometheus <url>';

function outcomeOf({ live, waiting }: { readonly live: boolean; readonly waiting?: boolean | undefined }) {
  if (live) return 'proven';
  return waiting === true ? 'idle' : 'failed';
}

/** The event that it waits for and no drill can bring. */
const beyondDrills = ({ reactive }: PanelQuery): string | null =>
  reactive?.kind === 'event-only' && whyNever(reactive.event) !== null ? reactive.event : null;

function nextOf(query: PanelQuery, state: Subject['state']): string | null {
  if (state === 'proven') return null;
  const event = beyondDrills(query);
  return event === null ? 'headroom drill' : `make it happen: ${event}; then ${check}`;
}

function notesOf(query: PanelQuery): string[] {
  const event = beyondDrills(query);
  return [`“${query.title}”`, ...(event === null ? [] : [`no drill brings it: ${whyNever(event)}`])];
}

export function querySubjects(runs: readonly ProvenRun[], records: readonly ProofRecord[]): Subject[] {
  const healthy = runs.filter(({ run }) => run.sabotage === null);
  const seen = healthy.flatMap(({ run, queries }) =>
    queries.map((query) => ({ run, query, name: queryName(query.dashboard, query.target) })),
  );
  return boards.flatMap((board) =>
    queriesOf(board).map((query): Subject => {
      const name = queryName(dashboardUids[board.name], query);
      const inRuns = seen
        .filter((one) => one.name === name)
        .map(
          ({ run, query: { facts, target } }): Look => ({
            ...{ how: 'shown live', at_ms: run.started_ms, where: run.run_id },
            ...{ outcome: outcomeOf(facts), detail: facts.detail, same: target.expr === query.expr },
          }),
        );
      const recorded = recordLooks(records, { kind: 'query', name, hash: sha256(query.expr) });
      const looks = decidingLooks([...recorded, ...inRuns]);
      const state = stateOf(looks);
      return { kind: 'query', name, state, looks, notes: notesOf(query), next: nextOf(query, state) };
    }),
  );
}
