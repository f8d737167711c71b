// Marks every fault of a game day in a Grafana of the user's, from its injection to its undoing, so that its dashboards
// show what was broken on purpose. A convenience: whatever Grafana does, the drill goes on as if there were none.
import type { RunState } from '../chaos/engine/outcome.ts';
import { type CallResult, call } from '../core/http/client.ts';
import { gameDayTag } from '../dashboards/annotations.ts';
import { UsageError } from '../stack/usage-error.ts';

export interface Grafana {
  readonly url: string;
  /** Of a service account that may write annotations; goes into one header and nowhere else. */
  readonly token: string;
}

const variables = { url: 'HEADROOM_GRAFANA_URL', token: 'HEADROOM_GRAFANA_TOKEN' } as const;

/** None named is none wanted; half of one is a mistake. */
export function grafanaFrom(environment: Readonly<Record<string, string | undefined>>): Grafana | null {
  const { [variables.url]: url = '', [variables.token]: token = '' } = environment;
  if (url === '' && token === '') return null;
  if (url === '' || token === '')
    throw new UsageError(`${url === '' ? variables.url : variables.token} is missing: Grafana needs both`);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`${variables.url} is not an address of http or https`);
  return { url: url.endsWith('/') ? url : `${url}/`, token };
}

export interface Marks {
  /** A fault begins when its experiment injects, and has ended when it settles. Does not wait for Grafana. */
  onState(experiment: string, state: RunState): void;
  /** All that was told has arrived, or was given up. */
  settled(): Promise<void>;
}

const none: Marks = { onState: () => undefined, settled: async () => undefined };

const answerWithinMs = 3_000;

export function openMarks(grafana: Grafana | null, runId: string, note: (line: string) => void): Marks {
  if (grafana === null) return none;
  const open = new Map<string, { readonly fromMs: number; readonly id: Promise<number | null> }>();
  const under: Promise<unknown>[] = [];
  let complained = false;

  async function tell(method: 'POST' | 'PUT', path: string, body: unknown): Promise<CallResult> {
    const result = await call({
      ...{ method, body, timeoutMs: answerWithinMs, name: `${method} /api/annotations grafana` },
      url: new URL(path, grafana!.url).href,
      headers: { authorization: `Bearer ${grafana!.token}` },
    });
    if (result.kind === 'answer' && result.status < 300) return result;
    const why = result.kind === 'answer' ? `status ${result.status}` : result.reason;
    if (!complained) note(`Grafana at ${new URL(grafana!.url).host} took no mark of the game day: ${why}`);
    complained = true;
    return result;
  }
  const mark = (experiment: string, time: number, timeEnd = time) => ({
    ...{ time, timeEnd, tags: [gameDayTag, 'headroom', experiment] },
    text: `Game day: ${experiment} (drill ${runId})`,
  });
  async function begin(experiment: string, fromMs: number): Promise<number | null> {
    const result = await tell('POST', 'api/annotations', mark(experiment, fromMs));
    const id = result.kind === 'answer' ? (result.body as { id?: unknown } | null)?.id : null;
    return typeof id === 'number' ? id : null;
  }
  return {
    onState(experiment, state) {
      if (state === 'injecting') {
        const fromMs = Date.now();
        const id = begin(experiment, fromMs);
        open.set(experiment, { fromMs, id });
        under.push(id);
      }
      const begun = state === 'settling' ? open.get(experiment) : undefined;
      if (begun === undefined) return;
      open.delete(experiment);
      const untilMs = Date.now();
      under.push(
        begun.id.then((id) =>
          id === null ? null : tell('PUT', `api/annotations/${id}`, mark(experiment, begun.fromMs, untilMs)),
        ),
      );
    },
    async settled() {
      await Promise.all(under);
    },
  };
}
