// From what a rule's condition reads, step by step, to when its alert fires: `for` included.

/** `$value` where the condition holds, null where it does not. */
export type Readings = readonly (number | null)[];

/** Whether the alert fires at a step, and with which value; kept, it goes on with the last one it had. */
export function firing(
  readings: Readings,
  forSeconds: number,
  stepSeconds: number,
  keepSeconds = 0,
): Readings {
  let activeSince: number | null = null;
  let last: { readonly value: number; readonly endedAt: number | null } | null = null;
  return readings.map((reading, step) => {
    if (reading === null) {
      if (last !== null) last = { ...last, endedAt: last.endedAt ?? step };
      if (last !== null && (step - last.endedAt!) * stepSeconds < keepSeconds) return last.value;
      [activeSince, last] = [null, null];
      return null;
    }
    activeSince ??= step;
    if ((step - activeSince) * stepSeconds < forSeconds) return null;
    last = { value: reading, endedAt: null };
    return reading;
  });
}

export interface Check {
  readonly step: number;
  /** null = silent. */
  readonly value: number | null;
}

/** Both sides of every change from silent to firing and back, and the last step. */
export function checksAtChanges(fires: Readings): Check[] {
  const steps = new Set<number>();
  for (let step = 1; step < fires.length; step += 1) {
    if ((fires[step] === null) === (fires[step - 1] === null)) continue;
    steps.add(step - 1).add(step);
  }
  steps.add(fires.length - 1);
  return [...steps].toSorted((a, b) => a - b).map((step) => ({ step, value: fires[step]! }));
}

/** The order in which the alert speaks and falls silent, e.g. `fires, over`. */
export function changesOf(fires: Readings): ('fires' | 'over')[] {
  return fires.flatMap((value, step) => {
    const before = step === 0 ? null : fires[step - 1]!;
    if ((value === null) === (before === null)) return [];
    return [value === null ? ('over' as const) : ('fires' as const)];
  });
}
