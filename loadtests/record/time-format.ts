// Reads a local wall-clock time by a format such as `M/D/YYYY H:MM`. No time zone: the shape of a day is local.

export interface WallClock {
  /** ISO date. */
  readonly day: string;
  readonly minute: number;
}

const tokens = /YYYY|MM|M|DD|D|HH|H|mm|SS|S/g;
export const isoTime = 'YYYY-MM-DD HH:MM:SS';

/** Null when `format` lacks a year, a month, a day, an hour or a minute. `M` before the hour is a month, after it a minute. */
export function timeReader(format: string): ((text: string) => WallClock | null) | null {
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
