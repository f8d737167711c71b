// One line of k6's http_req_duration, read from its bytes: at ten million lines a JSON.parse each is a minute of the gate.

export interface TimedCall {
  step: string;
  status: number;
  endMs: number;
  durationMs: number;
}

const opening = Buffer.from('{"metric":"http_req_duration","type":"Point","data":{"time":"');
const valueOpening = Buffer.from('","value":');
const nameOpening = Buffer.from('"name":"');
const statusOpening = Buffer.from('"status":"');
// `2026-01-01T00:00:05`
const secondBytes = 19;
const quote = 0x22;
const zero = 0x30;
const dot = 0x2e;

export class CallReader {
  // The date is parsed once a second and zone, not once a line; there are thousands of lines to each.
  #stamp: Buffer = Buffer.alloc(secondBytes);
  #zone = '';
  #stampMs = Number.NaN;
  // One object for all lines: the caller takes what it needs before the next.
  readonly #call: TimedCall = { step: '', status: 0, endMs: 0, durationMs: 0 };
  readonly #names: { bytes: Buffer; text: string }[] = [];

  /** Null for a line that is not a point of a request with a name. */
  read(bytes: Buffer, start: number, end: number): TimedCall | null {
    if (!startsWith(bytes, start, opening)) return null;
    const time = start + opening.length;
    let at = time + secondBytes;
    let fraction = 0;
    if (bytes[at] === dot) {
      at += 1;
      for (let scale = 0.1; isDigit(bytes[at]); at += 1, scale /= 10) fraction += (bytes[at]! - zero) * scale;
    }
    const zoneEnd = bytes.indexOf(quote, at);
    if (zoneEnd < 0 || zoneEnd >= end || !startsWith(bytes, zoneEnd, valueOpening)) return null;
    const value = zoneEnd + valueOpening.length;
    const name = find(bytes, value, end, nameOpening);
    if (name < 0) return null;
    const status = find(bytes, value, end, statusOpening);
    this.#call.step = this.#nameAt(bytes, name);
    this.#call.status = status < 0 ? 0 : wholeNumber(bytes, status);
    this.#call.endMs = this.#secondMs(bytes, time, at, zoneEnd) + fraction * 1000;
    this.#call.durationMs = number(bytes, value);
    return this.#call;
  }

  #secondMs(bytes: Buffer, time: number, zone: number, zoneEnd: number): number {
    const sameZone =
      bytes[zone] === 0x5a ? this.#zone === 'Z' : this.#zone === bytes.toString('latin1', zone, zoneEnd);
    if (sameZone && startsWith(bytes, time, this.#stamp)) return this.#stampMs;
    this.#stamp = Buffer.from(bytes.subarray(time, time + secondBytes));
    this.#zone = bytes.toString('latin1', zone, zoneEnd);
    this.#stampMs = Date.parse(this.#stamp.toString('latin1') + this.#zone);
    return this.#stampMs;
  }

  /** Names are few: each becomes a string once. */
  #nameAt(bytes: Buffer, at: number): string {
    for (const known of this.#names) {
      if (bytes[at + known.bytes.length] === quote && startsWith(bytes, at, known.bytes)) return known.text;
    }
    const text = bytes.toString('latin1', at, bytes.indexOf(quote, at));
    if (this.#names.length < 32) this.#names.push({ bytes: Buffer.from(text, 'latin1'), text });
    return text;
  }
}

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= zero && byte <= 0x39;

function startsWith(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i += 1) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Position behind `wanted`, -1 when it is not in the line. */
function find(bytes: Buffer, from: number, end: number, wanted: Buffer): number {
  const first = wanted[1]!;
  for (let at = from; at < end - wanted.length; at += 1) {
    if (bytes[at] === quote && bytes[at + 1] === first && startsWith(bytes, at, wanted))
      return at + wanted.length;
  }
  return -1;
}

function wholeNumber(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; isDigit(bytes[at]); at += 1) value = value * 10 + (bytes[at]! - zero);
  return value;
}

/** A plain decimal, which is what Go writes between a nanosecond and a day; anything else the slow way. */
function number(bytes: Buffer, from: number): number {
  let value = wholeNumber(bytes, from);
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  if (bytes[at] === dot) {
    at += 1;
    for (let scale = 0.1; isDigit(bytes[at]); at += 1, scale /= 10) value += (bytes[at]! - zero) * scale;
  }
  const plain = at > from && (bytes[at] === 0x2c || bytes[at] === 0x7d);
  return plain ? value : Number.parseFloat(bytes.toString('latin1', from, from + 32));
}
