// A small bounded OTLP/HTTP JSON receiver: spans of the drill, one compact line each. It never slows the shop down:
// what it cannot hold it drops and counts, and a dropped span makes the trace check unknown.
import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { SpanFacts } from './facts.ts';
import { closeServer, listenLoopback, readBody } from './loopback.ts';
import type { SpanTee } from './span-tee.ts';
import { type CompactSpan, compactSpan } from './traces.ts';

const maxBodyBytes = 16 * 1024 * 1024;
// A small body must not unpack into the runner's whole memory.
const maxUnpackedBytes = 64 * 1024 * 1024;
const defaultMaxSpans = 3_000_000;
// A disk that stalls must not grow the runner's memory without end.
const maxUnwrittenBytes = 64 * 1024 * 1024;

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}
interface OtlpPayload {
  readonly resourceSpans?: readonly {
    readonly resource?: {
      readonly attributes?: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string };
      }[];
    };
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
  }[];
}

const millis = (nanoseconds: string) => Number(BigInt(nanoseconds) / 1_000n) / 1_000;
const errorCode = 2;

/** Ids, names and times only: attributes may carry what a customer typed, so none is kept. */
function compactSpans(payload: OtlpPayload): CompactSpan[] {
  return (payload.resourceSpans ?? []).flatMap((resource) => {
    const service =
      resource.resource?.attributes?.find((a) => a.key === 'service.name')?.value.stringValue ?? '';
    return (resource.scopeSpans ?? []).flatMap((scope) =>
      (scope.spans ?? []).map((span) => ({
        trace: span.traceId,
        span: span.spanId,
        parent: span.parentSpanId ? span.parentSpanId : null,
        service,
        name: span.name,
        start_ms: millis(span.startTimeUnixNano),
        duration_ms: millis(span.endTimeUnixNano) - millis(span.startTimeUnixNano),
        error: span.status?.code === errorCode,
        links: (span.links ?? []).map((link) => [link.traceId, link.spanId] as [string, string]),
      })),
    );
  });
}

const readable = z.array(compactSpan);

/** null for a body that holds no spans we could read. */
function spansIn(request: IncomingMessage, body: Buffer): CompactSpan[] | null {
  try {
    const packed = request.headers['content-encoding'] === 'gzip';
    const text = packed ? gunzipSync(body, { maxOutputLength: maxUnpackedBytes }) : body;
    return readable.parse(compactSpans(JSON.parse(text.toString('utf8')) as OtlpPayload));
  } catch {
    return null;
  }
}

export interface OtlpReceiver {
  readonly url: string;
  facts(): SpanFacts;
  close(): Promise<void>;
}

export async function startOtlpReceiver(
  path: string,
  {
    maxSpans = defaultMaxSpans,
    tee,
  }: { readonly maxSpans?: number; readonly tee?: SpanTee | undefined } = {},
): Promise<OtlpReceiver> {
  const file = createWriteStream(path);
  let received = 0;
  let dropped = 0;
  const take = (spans: readonly CompactSpan[]) => {
    const room = file.writableLength > maxUnwrittenBytes ? 0 : Math.max(0, maxSpans - received);
    const kept = spans.slice(0, room);
    dropped += spans.length - kept.length;
    received += kept.length;
    if (kept.length > 0) file.write(`${kept.map((span) => JSON.stringify(span)).join('\n')}\n`);
  };
  const server = createServer((request, response) => {
    readBody(request, maxBodyBytes).then(
      (body) => {
        tee?.send(request.url ?? '/', request.headers, body);
        const spans = spansIn(request, body);
        if (spans === null) {
          // How many spans were in it cannot be known; one is enough to make the check unknown.
          dropped += 1;
          response.writeHead(400).end();
          return;
        }
        take(spans);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      },
      () => {
        dropped += 1;
        response.writeHead(413).end();
      },
    );
  });
  const url = await listenLoopback(server);
  return {
    url,
    facts: () => ({ received, dropped, elsewhere: null }),
    async close() {
      await closeServer(server);
      file.end();
      await finished(file);
    },
  };
}
