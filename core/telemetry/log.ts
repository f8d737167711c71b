// JSON lines with the trace id. Fields are ids, counts and names; never card data, never an address in clear.
import { context, trace } from '@opentelemetry/api';

export type Level = 'debug' | 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
}

const rank = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<Level, number>;

// A digit run as long as a card number, or anything with an @, does not leave the process whatever put it there.
const cardLike = /\b(?:\d[ -]?){13,19}\b/g;
const mailLike = /[^\s"'<>,;]+@[^\s"'<>,;]+/g;

/** Masks what looks like a card number or an e-mail address. */
export const redact = (text: string) => text.replace(cardLike, '[card]').replace(mailLike, '[mail]');

const clean = (fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value]),
  );

/** `event` is a stable dotted name (`payment.timeout`), the rest goes into fields. */
export function createLog(service: string, level: Level): Log {
  const write =
    (at: Level) =>
    (event: string, fields: Fields = {}) => {
      if (rank[at] < rank[level]) return;
      const traceId = trace.getSpanContext(context.active())?.traceId;
      process.stdout.write(
        `${JSON.stringify({ time: new Date().toISOString(), level: at, service, event, trace_id: traceId, ...clean(fields) })}\n`,
      );
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** What of an error may be logged: its name and message, redacted by the log. */
export const errorFields = (error: unknown): Fields =>
  error instanceof Error
    ? { error: error.name, message: error.message }
    : { error: 'unknown', message: String(error) };
