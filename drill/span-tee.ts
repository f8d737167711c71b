// A copy of every span for the collector that the user named. The shop never waits for it: what the collector does not
// take in time is counted and let go.
import type { IncomingHttpHeaders } from 'node:http';

const maxUnderWayBytes = 16 * 1024 * 1024;
const defaultTimeoutMs = 5_000;
// They belong to the connection between shop and receiver, not to the spans.
const ofTheConnection = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

export interface TeeFacts {
  readonly forwarded: number;
  readonly failed: number;
}

export interface SpanTee {
  readonly collector: string;
  /** Returns at once. */
  send(path: string, headers: IncomingHttpHeaders, body: Buffer): void;
  /** Resolves once everything under way arrived, or its time is up. */
  close(): Promise<TeeFacts>;
}

export function startSpanTee(collector: string, { timeoutMs = defaultTimeoutMs } = {}): SpanTee {
  const base = collector.replace(/\/+$/, '');
  const underWay = new Set<Promise<void>>();
  let underWayBytes = 0;
  let forwarded = 0;
  let failed = 0;
  const forward = async (path: string, headers: IncomingHttpHeaders, body: Buffer) => {
    try {
      const answer = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: passedOn(headers),
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.arrayBuffer();
      if (answer.ok) forwarded += 1;
      else failed += 1;
    } catch {
      failed += 1;
    }
  };
  return {
    collector,
    send(path, headers, body) {
      if (underWayBytes + body.length > maxUnderWayBytes) {
        failed += 1;
        return;
      }
      underWayBytes += body.length;
      const one = forward(path, headers, body).finally(() => {
        underWayBytes -= body.length;
        underWay.delete(one);
      });
      underWay.add(one);
    },
    async close() {
      await Promise.all(underWay);
      return { forwarded, failed };
    },
  };
}

/** Also what OTEL_EXPORTER_OTLP_HEADERS made the shop send: the collector's key, as a rule. */
function passedOn(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !ofTheConnection.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
