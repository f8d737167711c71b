// Whether an error says that PostgreSQL cannot be worked with now, or that it took too long. That is to be told as such,
// and no bug.

const away: ReadonlySet<string> = new Set([
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

const busy: ReadonlySet<string> = new Set([
  // Cancelled: the statement's time limit.
  '57014',
  // The time limit of waiting for a lock.
  '55P03',
  // Waited for each other, and met again when it was tried once more.
  '40P01',
]);

export const connectionLost = () =>
  Object.assign(new Error('the transaction is over: its connection was lost'), { code: 'CONNECTION_CLOSED' });

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code);

export const isDatabaseAway = (error: unknown): boolean => away.has(codeOf(error));

/** Others held what was wanted for longer than anybody waits for it. Nothing of the transaction was committed. */
export const isDatabaseBusy = (error: unknown): boolean => busy.has(codeOf(error));
