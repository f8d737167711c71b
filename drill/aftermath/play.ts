// Plays acts side by side, after those that want to be alone. One that does not come off is a fact, not the end of the drill: the panels that wait for it say so.
import { messageOf } from '../stops.ts';
import type { Act } from './act.ts';
import type { ActFacts } from './facts.ts';
import type { Scene } from './scene.ts';

const limitMs = { 'beside the load': 90_000, 'after the load': 20_000 } as const;

export async function playAll(acts: readonly Act[], scene: Scene): Promise<ActFacts[]> {
  const played: ActFacts[] = [];
  for (const act of acts.filter(({ alone }) => alone)) played.push(await playOne(act, scene));
  const others = acts.filter(({ alone }) => !alone);
  return [...played, ...(await Promise.all(others.map((act) => playOne(act, scene))))];
}

async function playOne(act: Act, scene: Scene): Promise<ActFacts> {
  const { name, wakes = [] } = act;
  await scene.diary.note({ aftermath: name, begins: true });
  const started_ms = Date.now();
  const signal = AbortSignal.any([scene.signal, AbortSignal.timeout(limitMs[act.when])]);
  const ended = (came_off: boolean, detail: string): ActFacts => ({
    ...{ act: name, came_off, detail, wakes: [...wakes] },
    ...{ started_ms, ended_ms: Date.now() },
  });
  try {
    return ended(true, await act.play({ ...scene, signal }));
  } catch (error) {
    // Somebody ended the whole drill.
    scene.signal.throwIfAborted();
    return ended(false, messageOf(error));
  } finally {
    await scene.diary.note({ aftermath: name, ended: true });
  }
}
