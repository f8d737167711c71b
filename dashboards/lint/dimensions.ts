// Seconds drawn as bytes, or calls a second as a share, are read with the wrong words at night. Says nothing where it
// cannot be told what a query computes.
import { dimensionOf, ofBuckets } from './dimension.ts';
import { type Asked, askedIn, type Rule } from './document.ts';
import { expressionOf } from './expression.ts';
import { type Dimension, share } from './series-unit.ts';

interface Shown {
  readonly is: string;
  readonly units: readonly string[];
}

const powers = ({ seconds, bytes, things }: Dimension) => `${seconds} ${bytes} ${things}`;
const perThing = -1;

const shownAs: Readonly<Record<string, Shown>> = {
  [powers(share)]: { is: 'a share', units: ['percentunit', 'short'] },
  [powers({ ...share, things: 1 })]: { is: 'a number of things', units: ['short'] },
  [powers({ ...share, things: 1, seconds: -1 })]: { is: 'things per second', units: ['reqps'] },
  [powers({ ...share, seconds: 1 })]: { is: 'seconds', units: ['s'] },
  [powers({ ...share, seconds: 1, things: perThing })]: { is: 'seconds each', units: ['s'] },
  [powers({ ...share, bytes: 1 })]: { is: 'bytes', units: ['bytes'] },
  [powers({ ...share, bytes: 1, things: perThing })]: { is: 'bytes each', units: ['bytes'] },
};

function shown(one: Dimension): Shown | undefined {
  if (one.moment) return { is: 'a moment, which no unit here shows', units: [] };
  const found = shownAs[powers(one)];
  // Grafana would write the unit behind it that it no longer is in.
  return one.converted && found !== undefined ? { is: `${found.is}, converted`, units: ['short'] } : found;
}

function computed({ expr, panel }: Asked): Dimension | null {
  const whole = expressionOf(expr);
  if (whole === null) return null;
  // A heat map's unit is that of its axis, which are the buckets; its colours are what was counted.
  return panel.type === 'heatmap' ? ofBuckets(whole) : dimensionOf(whole);
}

/** A table gives each of its quantities a unit of its own, by the name of its column. */
function unitOf({ panel, legendFormat }: Asked): string | undefined {
  const own = panel.fieldConfig?.overrides
    ?.filter(({ matcher }) => matcher.id === 'byName' && matcher.options === legendFormat)
    .flatMap(({ properties }) => properties)
    .find(({ id }) => id === 'unit')?.value;
  return own === undefined ? panel.fieldConfig?.defaults.unit : String(own);
}

export const dimensions: Rule = {
  name: 'dimensions',
  find: (document) =>
    askedIn(document).flatMap((asked) => {
      const found = computed(asked);
      const right = found === null ? undefined : shown(found);
      const unit = unitOf(asked);
      if (right === undefined || unit === undefined || right.units.includes(unit)) return [];
      const fix = right.units.length === 0 ? 'show how long ago it is' : `take ${right.units.join(' or ')}`;
      return [`${asked.place} shows ${right.is}, under the unit ${unit}; ${fix}`];
    }),
};
