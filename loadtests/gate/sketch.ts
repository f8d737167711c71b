// A mergeable quantile sketch: logarithmic buckets, so every quantile is within 1 % of a real sample, whatever the range.
// Merging adds counts, so parts of a run (windows, generators) are judged together without averaging percentiles.

/** Relative error of any quantile. */
export const accuracy = 0.01;
const gamma = (1 + accuracy) / (1 - accuracy);
const logGamma = Math.log(gamma);
// Milliseconds. Below a microsecond everything counts as one; above a day too.
const smallest = 0.001;
const buckets = Math.ceil(Math.log(86_400_000 / smallest) / logGamma) + 1;

/** Bucket → count, as pairs: sparse, because a run's answers lie in a few dozen buckets. */
export interface SketchJson {
  readonly accuracy: number;
  readonly buckets: readonly (readonly [bucket: number, count: number])[];
}

export class Sketch {
  #counts = new Float64Array(0);
  #total = 0;

  get count(): number {
    return this.#total;
  }

  add(value: number, times = 1): void {
    const bucket = bucketOf(value);
    this.#grow(bucket);
    this.#counts[bucket]! += times;
    this.#total += times;
  }

  merge(other: Sketch): void {
    this.#grow(other.#counts.length - 1);
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket]! += count;
    });
    this.#total += other.#total;
  }

  /** The sample at 1-based `rank` in order, within `accuracy`. NaN when there is none. */
  atRank(rank: number): number {
    if (this.#total === 0) return Number.NaN;
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return middleOf(bucket);
    }
    return middleOf(this.#counts.length - 1);
  }

  /** Smallest sample that a share `q` of all samples does not exceed. */
  quantile(q: number): number {
    return this.atRank(Math.max(1, Math.ceil(q * this.#total)));
  }

  /** Samples up to `limit`; one within `accuracy` of the limit may fall on either side. */
  countUpTo(limit: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length && middleOf(bucket) <= limit; bucket += 1) {
      seen += this.#counts[bucket]!;
    }
    return seen;
  }

  toJSON(): SketchJson {
    const pairs: [number, number][] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) pairs.push([bucket, count]);
    });
    return { accuracy, buckets: pairs };
  }

  static from(json: SketchJson): Sketch {
    if (json.accuracy !== accuracy)
      throw new Error(`a sketch of accuracy ${json.accuracy} cannot be read as ${accuracy}`);
    const sketch = new Sketch();
    for (const [bucket, count] of json.buckets) {
      const sane =
        Number.isInteger(bucket) && bucket >= 0 && bucket < buckets && Number.isInteger(count) && count > 0;
      if (!sane) throw new Error(`not a sketch: bucket ${bucket} holding ${count}`);
      sketch.#grow(bucket);
      sketch.#counts[bucket]! += count;
      sketch.#total += count;
    }
    return sketch;
  }

  static union(parts: Iterable<Sketch>): Sketch {
    const whole = new Sketch();
    for (const part of parts) whole.merge(part);
    return whole;
  }

  #grow(bucket: number): void {
    if (bucket < this.#counts.length) return;
    const grown = new Float64Array(Math.min(buckets, Math.max(bucket + 1, this.#counts.length * 2)));
    grown.set(this.#counts);
    this.#counts = grown;
  }
}

function bucketOf(value: number): number {
  if (!(value >= 0)) throw new Error(`a latency of ${value} ms`);
  if (value <= smallest) return 0;
  return Math.min(buckets - 1, Math.ceil(Math.log(value / smallest) / logGamma));
}

/** Middle of the bucket in the relative sense: no sample in it is further away than `accuracy`. */
const middleOf = (bucket: number) =>
  bucket === 0 ? smallest : (smallest * 2 * gamma ** bucket) / (gamma + 1);
