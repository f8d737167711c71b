// Reads a local wall-clock time by a format such as `M/D/YYYY H:MM`. No time zone: the shape of a day is local.

export interface WallClock {
  /** ISO date. */
  readonly day: string;
  readonly minute: number;
}

const tokens = /YYYY|MM|M|DD|D|HH|H|mm|SS|S/g;
/** The name of what is read when no format is given: 2026-03-01T09:00, with or without seconds, and an offset or Z. */
export const isoTime = 'ISO 8601';
// The offset is read over: it says how the wall clock stood to others, and the shape of a day is the wall clock's.
const iso =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|[+-]\d{2}(?::?\d{2})?)?$/;

function readIso(text: string): WallClock | null {
  const found = iso.exec(text);
  if (found === null) return null;
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return wallClock(year, month, day, hour, minute);
}

/** Null when `format` lacks a year, a month, a day, an hour or a minute. `M` before the hour is a month, after it a minute. */
export function timeReader(format: string): ((text: string) => WallClock | null) | null {
  if (format === isoTime) return readIso;
  const parts: string[] = [];
  let pattern = '';
  let from = 0;
  for (const match of format.matchAll(tokens)) {
    const token = match[0];
    const part = token === 'mm' || (token.startsWith('M') && parts.includes('H')) ? 'minute' : token[0]!;
    parts.push(part);
    const digits = token === 'YYYY' ? '\\d{4}' : token.length === 2 ? '\\d{2}' : '\\d{1,2}';
    pattern += `${literal(format.slice(from, match.index))}(${digits})`;
    from = match.index + token.length;
  }
  const whole = new RegExp(`^${pattern}${literal(format.slice(from))}$`);
  if (['Y', 'M', 'D', 'H', 'minute'].some((part) => parts.filter((p) => p === part).length !== 1))
    return null;
  return (text) => {
    const found = whole.exec(text);
    if (found === null) return null;
    const value = (part: string) => Number(found[parts.indexOf(part) + 1]);
    return wallClock(value('Y'), value('M'), value('D'), value('H'), value('minute'));
  };
}

function wallClock(year: number, month: number, day: number, hour: number, minute: number): WallClock | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  // A date that rolls over (30 February) is a broken row, not the second of March.
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!real || hour > 23 || minute > 59) return null;
  return { day: date.toISOString().slice(0, 10), minute: hour * 60 + minute };
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
