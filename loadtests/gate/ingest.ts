// Reads k6's JSON stream as it flows: about ten lines a request, of which one is kept, so lines are told apart by their
// first bytes and only ours are parsed.
import { type ShopperCall, shopperCalls } from '../../core/checkout/steps.ts';
import { points } from '../replay-plan.ts';
import type { ShopperOutcome, ShopperRecord } from '../shopper-record.ts';
import { CallReader } from './call-reader.ts';
import type { StepWindow, Window } from './samples.ts';
import { Sketch } from './sketch.ts';

// A metadata record of a basket is under 2 kB; a line beyond this is not k6's.
const maxLineBytes = 256 * 1024;
const newline = 10;

const answered: ReadonlySet<ShopperOutcome> = new Set([
  'placed',
  'confirming',
  'declined',
  'sold_out',
  'unknown',
]);
const failures: ReadonlySet<ShopperOutcome> = new Set([
  'overloaded',
  'payment_unavailable',
  'error',
  'unknown',
]);

export interface IngestOptions {
  readonly windowMs: number;
  /** A submission without an answer is as late as the shopper's patience, at least. */
  readonly patienceMs: number;
  readonly onRecord?: (record: ShopperRecord) => void;
  readonly onSession?: (session: number, latenessMs: number, startedMs: number) => void;
}

export class Ingest {
  readonly lateness = new Sketch();
  readonly abandoned: Record<string, number> = {};
  submissions = 0;
  readonly #windows = new Map<number, Map<ShopperCall, StepWindow>>();
  readonly #options: IngestOptions;
  #rest: Buffer = Buffer.alloc(0);
  readonly #calls = new CallReader();

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  get windows(): Window[] {
    return [...this.#windows]
      .sort(([a], [b]) => a - b)
      .map(([window, steps]) => ({ startMs: window * this.#options.windowMs, steps }));
  }

  write(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      this.#line(bytes, start, end);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > maxLineBytes)
      throw new Error(`k6 wrote a line of more than ${maxLineBytes} bytes`);
  }

  /** Every line of k6 starts `{"metric":"…`; byte 11 is the first of the metric's name. */
  #line(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start + 11];
    if (first !== 0x68) return;
    if (bytes[start + 12] === 0x65) this.#point(bytes.toString('utf8', start, end));
    // http_req_d…: the other http_req_ metrics differ at the tenth letter.
    else if (bytes[start + 20] === 0x64) this.#request(bytes, start, end);
  }

  #request(bytes: Buffer, start: number, end: number): void {
    const call = this.#calls.read(bytes, start, end);
    if (call === null || call.step === 'order' || !isStep(call.step)) return;
    // Samples carry the request's end; the window is the one it was sent in, else slow requests fall out of theirs.
    const window = this.#step(call.endMs - call.durationMs, call.step);
    window.total += 1;
    if (call.status === 0 || call.status >= 500) window.failed += 1;
    else window.sketch.add(call.durationMs);
  }

  #point(line: string): void {
    const { metric, type, data } = JSON.parse(line) as K6Point;
    if (type !== 'Point') return;
    if (metric === points.submission) {
      this.#submission(JSON.parse(data.metadata?.record ?? 'null') as ShopperRecord | null);
    } else if (metric === points.sessionLateness) {
      this.lateness.add(data.value);
      this.#options.onSession?.(Number(data.metadata?.session), data.value, Date.parse(data.time));
    } else if (metric === points.sessionAbandoned) {
      const at = data.metadata?.at ?? 'unknown';
      this.abandoned[at] = (this.abandoned[at] ?? 0) + 1;
    }
  }

  #submission(record: ShopperRecord | null): void {
    if (record === null) throw new Error('k6 wrote a submission without its record');
    this.submissions += 1;
    const window = this.#step(record.submitted_ms, 'order');
    window.total += 1;
    if (failures.has(record.outcome)) window.failed += 1;
    if (answered.has(record.outcome))
      window.sketch.add(submissionLatencyMs(record, this.#options.patienceMs));
    this.#options.onRecord?.(record);
  }

  #step(sentMs: number, step: ShopperCall): StepWindow {
    const at = Math.floor(sentMs / this.#options.windowMs);
    let window = this.#windows.get(at);
    if (window === undefined) {
      window = new Map();
      this.#windows.set(at, window);
    }
    let found = window.get(step);
    if (found === undefined) {
      found = { sketch: new Sketch(), total: 0, failed: 0 };
      window.set(step, found);
    }
    return found;
  }
}

/** From the moment the shopper meant to begin: what the generator was late is part of it, so nothing is left out. */
export function submissionLatencyMs(record: ShopperRecord, patienceMs: number): number {
  const late = Math.max(0, record.started_ms - record.intended_ms);
  const waited = Math.max(0, record.answered_ms - record.submitted_ms);
  return late + (record.outcome === 'unknown' ? Math.max(waited, patienceMs) : waited);
}

interface K6Point {
  readonly metric: string;
  readonly type: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly metadata?: { readonly record?: string; readonly session?: string; readonly at?: string };
  };
}

const steps: ReadonlySet<string> = new Set(shopperCalls);
const isStep = (name: string): name is ShopperCall => steps.has(name);
