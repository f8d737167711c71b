// A gauge is read by Prometheus every second or two: what is over before that was on no panel.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../stack/until.ts';
import { parseExposition } from '../slis.ts';
import { patience } from './desk.ts';
import type { Scene } from './scene.ts';

/** Two scrapes and a bit: a panel of the default drill draws one of them. */
export const untilScraped = ({ scrapeSeconds, signal }: Scene): Promise<void> =>
  pause(scrapeSeconds * 2_000 + 500, undefined, { signal });

/** What is there by then and moves afterwards is seen to move. */
export const untilPanelsLook = ({ panelsLookFromMs, signal }: Scene): Promise<void> =>
  pause(Math.max(0, panelsLookFromMs - Date.now()), undefined, { signal });

/** Until the workers say that this gauge is above 0, and a panel has seen it. */
export async function shown(
  scene: Scene,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const url = new URL('/metrics', scene.booted.shop.workers.url);
  const look = async () => {
    // Who does not answer shows nothing now; the next look tells more.
    const text = await fetch(url, { signal: scene.signal }).then(
      (answer) => answer.text(),
      () => '',
    );
    const series = parseExposition(text).get(name) ?? [];
    const own = series.filter((one) =>
      Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    );
    return own.some(({ value }) => value > 0) || null;
  };
  await until(`${name} above 0`, look, { ...patience, signal: scene.signal });
  await untilPanelsLook(scene);
  await untilScraped(scene);
}
