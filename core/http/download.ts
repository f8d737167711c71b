// A file of another service, onto disk as it comes: nobody's memory has to hold it. Its hash is known when it is there.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { SpanKind } from '@opentelemetry/api';
import { Agent, request } from 'undici';
import { withSpan } from '../telemetry/tracing.ts';

const agent = new Agent({ connections: 4, connect: { timeout: 1_000 } });
/** However steadily it drips. */
const wholeLimitMs = 5 * 60_000;

export type Downloaded =
  | { readonly kind: 'saved'; readonly sha256: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'no_answer'; readonly reason: string };

export interface Download {
  readonly url: string;
  readonly path: string;
  readonly maxBytes: number;
  /** Longest silence. */
  readonly timeoutMs: number;
  /** Low-cardinality span name. */
  readonly name: string;
}

class TooLarge extends Error {}

export function download({ url, path, maxBytes, timeoutMs, name }: Download): Promise<Downloaded> {
  return withSpan(
    name,
    { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'GET' } },
    async (span) => {
      const giveUp = new AbortController();
      const timer = setTimeout(() => giveUp.abort(), wholeLimitMs);
      try {
        const response = await request(url, {
          dispatcher: agent,
          signal: giveUp.signal,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        });
        span.setAttribute('http.response.status_code', response.statusCode);
        if (response.statusCode !== 200) {
          await response.body.dump();
          return { kind: 'no_answer', reason: `status ${response.statusCode}` };
        }
        const hash = createHash('sha256');
        let bytes = 0;
        const counted = async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            bytes += chunk.length;
            if (bytes > maxBytes) throw new TooLarge();
            hash.update(chunk);
            yield chunk;
          }
        };
        await pipeline(response.body, counted, createWriteStream(path));
        return { kind: 'saved', sha256: hash.digest('hex') };
      } catch (error) {
        if (error instanceof TooLarge) return { kind: 'too_large' };
        const { name: kind, code } = error as { name: string; code?: string };
        const reason =
          kind.endsWith('TimeoutError') || giveUp.signal.aborted ? 'timeout' : (code ?? 'connection_lost');
        span.setAttribute('error.type', reason);
        return { kind: 'no_answer', reason };
      } finally {
        clearTimeout(timer);
      }
    },
  );
}
