// The dimension of each series: seconds, bytes or things counted, each to a power. A share has none of them.
import { recorded } from '../../alerts/sli.ts';
import { isRecordedAs, metricOf, recordedNames } from './series.ts';

export interface Dimension {
  readonly seconds: number;
  readonly bytes: number;
  readonly things: number;
  /** A point in time: seconds since 1970, which no unit of a panel shows. */
  readonly moment?: true;
  /** Multiplied by 60, 1000 or another factor between units: no longer in the unit that Grafana starts from. */
  readonly converted?: true;
}

export const share: Dimension = { seconds: 0, bytes: 0, things: 0 };
export const seconds: Dimension = { ...share, seconds: 1 };
export const things: Dimension = { ...share, things: 1 };
export const moment: Dimension = { ...seconds, moment: true };
const thingsPerSecond: Dimension = { ...things, seconds: -1 };

const momentName = /_(timestamp|start_time)_seconds$/;

/** Null where nobody says. */
export function dimensionOfMetric(name: string): Dimension | null {
  const metric = metricOf(name);
  if (metric === undefined) return null;
  if (momentName.test(metric.name)) return moment;
  if (metric.unit === 'ratio') return share;
  if (metric.unit === 'seconds') return seconds;
  return metric.unit === 'bytes' ? { ...share, bytes: 1 } : things;
}

export function dimensionOfSeries(name: string): Dimension | null {
  if (name === 'ALERTS') return things;
  if (isRecordedAs(name, recorded.badRate, recorded.totalRate)) return thingsPerSecond;
  if (isRecordedAs(name, recorded.badIn30d, recorded.totalIn30d)) return things;
  if (isRecordedAs(name, ...recordedNames)) return share;
  // A histogram counts; only its sum is in its own unit.
  if (metricOf(name)?.type === 'histogram' && !name.endsWith('_sum')) return things;
  return dimensionOfMetric(name);
}
