// Multi-window, multi-burn-rate tiers as data and arithmetic. Pure.
// Source: Google, "The Site Reliability Workbook", chapter 5, table for a 30-day budget.

export const windowSeconds = {
  '5m': 300,
  '30m': 1_800,
  '1h': 3_600,
  '2h': 7_200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
  '30d': 2_592_000,
} as const;
export type Window = keyof typeof windowSeconds;

/** What Prometheus keeps: stack/prometheus.ts and docker-compose.yml start it so. A longer range would read less than it says. */
export const retentionDays = 40;

export type Severity = 'page' | 'ticket' | 'none';
export type BurnTierName = 'page-fast' | 'page-slow' | 'ticket-fast' | 'ticket-slow';

export interface BurnTier {
  readonly name: BurnTierName;
  /** How many times faster than "exactly used up in 30 days" the budget is being spent. */
  readonly factor: number;
  readonly long: Window;
  /** One twelfth of the long window: the alert ends soon after the burning does. */
  readonly short: Window;
  readonly severity: Exclude<Severity, 'none'>;
  readonly forSeconds: number;
  /** Fewer bad events than this in the long window wake nobody: one failure at night is not a burn. */
  readonly minBadEvents: number;
}

/** Fastest first: a tier inhibits every later one of its SLO. factor = budget share × 720 h ÷ long window. */
export const burnTiers = [
  // 2 % of the budget in 1 h: 0.02 × 720 / 1. No `for`: the long window is the memory, waiting only costs detection time.
  {
    name: 'page-fast',
    factor: 14.4,
    long: '1h',
    short: '5m',
    severity: 'page',
    forSeconds: 0,
    minBadEvents: 10,
  },
  // 5 % in 6 h: 0.05 × 720 / 6.
  {
    name: 'page-slow',
    factor: 6,
    long: '6h',
    short: '30m',
    severity: 'page',
    forSeconds: 60,
    minBadEvents: 20,
  },
  // 10 % in 1 d: 0.1 × 720 / 24.
  {
    name: 'ticket-fast',
    factor: 3,
    long: '1d',
    short: '2h',
    severity: 'ticket',
    forSeconds: 300,
    minBadEvents: 20,
  },
  // 10 % in 3 d: 0.1 × 720 / 72.
  {
    name: 'ticket-slow',
    factor: 1,
    long: '3d',
    short: '6h',
    severity: 'ticket',
    forSeconds: 900,
    minBadEvents: 20,
  },
] as const satisfies readonly BurnTier[];

/** Error ratio above which `factor` times the budget is being spent. */
export function burnThreshold(factor: number, objective: number): number {
  const threshold = factor * (1 - objective);
  if (!(objective > 0 && objective < 1)) throw new Error(`objective ${objective} is not between 0 and 1`);
  if (threshold >= 1) {
    const lowest = ((1 - 1 / factor) * 100).toFixed(2);
    throw new Error(
      `a burn of ${factor} can never happen at objective ${objective}: it needs an error ratio of ${threshold.toFixed(2)}; ` +
        `raise the objective above ${lowest} % or drop the tier`,
    );
  }
  // 12 digits: 14.4 × (1 − 0.999) is 0.014400000000000013 in binary, and the rule file is read by people.
  return Number(threshold.toPrecision(12));
}

export const percent = (share: number) => `${Number((share * 100).toPrecision(6))} %`;
