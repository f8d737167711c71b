// What a sample proves. Distribution-free: nothing is assumed about how latencies are spread.

/** One-sided confidence of every bound the gate uses. */
const confidence = 0.95;

/** Fewest samples for which an upper bound of quantile `q` exists at all: ln(1 − confidence) / ln q. p95: 59, p99: 299. */
export function minimumSamples(q: number): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(q));
}

export interface RankBounds {
  /** 1-based rank of the order statistic that is below the quantile with `confidence`; null when none is. */
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Order statistics that bound quantile `q` of the population from a sample of `n`, one-sided each. */
export function quantileRankBounds(n: number, q: number): RankBounds {
  // X ~ Bin(n, q) samples lie below the quantile, so x(u) is above it when P(X ≤ u − 1) ≥ confidence,
  // and x(l) is below it when P(X ≥ l) ≥ confidence, that is P(X ≤ l − 1) ≤ 1 − confidence.
  const upper = smallest(1, n + 1, (u) => binomialCdf(u - 1, n, q) >= confidence);
  const firstNotBelow = smallest(1, n + 1, (l) => binomialCdf(l - 1, n, q) > 1 - confidence);
  return { lower: firstNotBelow > 1 ? firstNotBelow - 1 : null, upper: upper <= n ? upper : null };
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Exact (Clopper–Pearson) bounds of a proportion, one-sided `level` each. */
export function exactInterval(k: number, n: number, level = confidence): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const low = k === 0 ? 0 : bisect((p) => 1 - binomialCdf(k - 1, n, p) >= 1 - level);
  const high = k === n ? 1 : bisect((p) => binomialCdf(k, n, p) <= 1 - level);
  return { low, high };
}

/** Wilson score interval, two-sided 95 %: for k of n runs, where the exact one is needlessly wide. */
export function wilsonInterval(k: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const p = k / n;
  const middle = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

/** `4 of 5 (80 %, 95 % interval 38–96 %)`. */
export function kOfN(k: number, n: number): string {
  if (n === 0) return '0 of 0';
  const { low, high } = wilsonInterval(k, n);
  const percent = (share: number) => Math.round(share * 100);
  return `${k} of ${n} (${percent(k / n)} %, 95 % interval ${percent(low)}–${percent(high)} %)`;
}

/** P(X ≤ k) for X ~ Bin(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return 1 - regularizedBeta(p, k + 1, n - k);
}

/** Smallest integer in [low, high) that holds, `high` when none does; `holds` must switch once. */
function smallest(low: number, high: number, holds: (value: number) => boolean): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function bisect(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  // 2⁻⁶⁰ is far below what any report prints.
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Iₓ(a, b) by its continued fraction (Lentz), as in Numerical Recipes §6.4; symmetric form for fast convergence. */
function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * fraction(x, a, b)) / a
    : 1 - (front * fraction(1 - x, b, a)) / b;
}

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  // Converges within about √max(a, b) terms.
  const terms = 200 + 5 * Math.sqrt(Math.max(a, b));
  for (let m = 1; m <= terms; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return h;
}

// Lanczos, g = 7, nine terms: relative error below 1e-14.
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function lnGamma(value: number): number {
  const x = value - 1;
  const sum = lanczos.slice(1).reduce((acc, term, i) => acc + term / (x + i + 1), lanczos[0]!);
  const t = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
