// Takes every span and forgets it: exporting is part of what telemetry costs the shop, storing is not. A profile looks at
// them on their way out.
import { createServer } from 'node:http';
import type { Run } from '../../stack/run.ts';
import { closeServer, listenLoopback, readBody } from '../loopback.ts';

interface SeenSpan {
  readonly name: string;
  readonly ms: number;
}

export interface SpanSink {
  readonly url: string;
  /** From now on every span is shown to `look`; null = to nobody. */
  show(look: ((span: SeenSpan) => void) | null): void;
}

interface OtlpSpans {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        readonly name: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
      }[];
    }[];
  }[];
}

const maxBodyBytes = 64 * 1024 * 1024;

export async function startSpanSink(run: Run): Promise<SpanSink> {
  let look: ((span: SeenSpan) => void) | null = null;
  const server = createServer((request, response) => {
    readBody(request, maxBodyBytes).then(
      (body) => {
        if (look !== null) for (const span of spansOf(body)) look(span);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      },
      () => response.writeHead(413).end(),
    );
  });
  const url = await listenLoopback(server);
  run.onStop(() => closeServer(server));
  return {
    url,
    show(next) {
      look = next;
    },
  };
}

const spansOf = (body: Buffer): SeenSpan[] =>
  ((JSON.parse(body.toString('utf8')) as OtlpSpans).resourceSpans ?? [])
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
    .map(({ name, startTimeUnixNano, endTimeUnixNano }) => ({
      name,
      ms: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6,
    }));
