// What panels wait for that an ordinary hour does not bring. Every drill brings each of them: its load and its faults the
// first, its aftermath (drill/aftermath/) the second. What no drill can bring says why, here and nowhere else.

const byLoadAndFaults = [
  'an alert fires',
  'an alert speaks',
  'an article enters a cart',
  'an article sells out',
  'an issuer declines',
  'a provider refuses before it charges',
  'a provider tells something by webhook',
  'the shop is a week old',
] as const;

const byActs = [
  'a buyer disputes a payment',
  'a job is refused by what it calls',
  'a kill switch is turned on',
  'a kill switch is turned on, or its dry run',
  'a process is too busy, or one client asks too often',
  'a provider does not answer reconciliation',
  'a provider refuses a call that may be repeated',
  'a provider tells of a chargeback',
  'a provider tells of what we do not know',
  'a queue is paused',
  'a reviewed order is judged',
  'a shopper pays an order in a second step',
  'a warehouse sends its counts',
  'an order gets old enough to be sent, or is undone',
  'an order is cancelled, refunded, returned or disputed',
  'an order is captured or refunded',
  'an order is packed',
  'an order is sent to review',
  'tax, rates or fraud is away',
  'two books differ',
] as const;

const never = {
  'a row is old enough to go':
    'rows are kept for days, and a drill lasts minutes; what goes and what stays is proven in workers/retention.test.ts',
  'a sum of stock is found wrong':
    'only a bug of ours makes a wrong sum, and planting one would break an invariant; the repair is proven in core/inventory/stock.test.ts',
} as const;

export type EventOfActs = (typeof byActs)[number];
export type AwaitedEvent = EventOfActs | (typeof byLoadAndFaults)[number] | keyof typeof never;

export const eventsOfActs: readonly EventOfActs[] = byActs;
export const awaitedEvents: readonly string[] = [...byLoadAndFaults, ...byActs, ...Object.keys(never)];

/** Why no drill makes it happen; null for one that every drill does. */
export const whyNever = (event: string): string | null =>
  (never as Readonly<Record<string, string>>)[event] ?? null;
