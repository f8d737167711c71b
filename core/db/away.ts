// Whether an error says that PostgreSQL cannot be worked with now. That is an outage, to be told as one, and no bug.

const codes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  // Shutting down, crashed, starting up, full.
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

export const connectionLost = () =>
  Object.assign(new Error('the transaction is over: its connection was lost'), { code: 'CONNECTION_CLOSED' });

export const isDatabaseAway = (error: unknown): boolean =>
  codes.has(String((error as { code?: unknown } | null)?.code));
