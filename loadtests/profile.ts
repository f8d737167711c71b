// What a recorded peak is, and how it is scaled. Pure: k6 loads this file and the profile JSON beside it.

/** Bump when a field changes meaning; an unknown version is refused whole. */
export const profileVersion = 1;

/** Where a field comes from: measured in the recording, or our assumption (then with its reason). */
export interface Provenance {
  readonly kind: 'recorded' | 'assumed';
  readonly note: string;
}

/** One recorded peak day, without personal data. Committed as JSON under loadtests/profiles/. */
export interface Profile {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the canonical JSON without this field. */
  readonly hash: string;
  readonly source: {
    readonly title: string;
    readonly doi: string;
    readonly license: string;
    readonly attribution: string;
  };
  /** Local calendar day that was recorded, ISO date. */
  readonly day: string;
  /** Orders of that day, cancellations apart. */
  readonly orders: number;
  /** Arrival shape: relative intensity per bin, mean 1 over the bins that are kept. */
  readonly shape: {
    readonly binMinutes: number;
    readonly startMinute: number;
    readonly intensity: readonly number[];
  };
  /** Orders per minute in the busiest bin, as recorded. */
  readonly recordedPeakOrdersPerMinute: number;
  /** Share of orders by market (ISO country), sums to 1. */
  readonly markets: readonly { readonly country: string; readonly share: number }[];
  /** Share of orders by distinct lines in the basket, and by units a line. */
  readonly basketLines: readonly { readonly lines: number; readonly share: number }[];
  readonly lineQuantity: readonly { readonly quantity: number; readonly share: number }[];
  /** Item popularity: share of lines by SKU, most popular first. */
  readonly items: readonly { readonly sku: string; readonly share: number }[];
  readonly cancellationShare: number;
  /** Relative counts of sessions that reach each stage. */
  readonly funnel: { readonly carts: number; readonly checkouts: number; readonly orders: number };
  readonly thinkTimeSeconds: { readonly median: number; readonly max: number };
  readonly declineShare: number;
  /** Share of shoppers who press the buy button twice, with the same key. */
  readonly doubleSubmitShare: number;
  readonly provenance: Readonly<Record<string, Provenance>>;
}

/** Seeded generator (mulberry32): the same seed gives the same shoppers on Node and on k6. Values in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
