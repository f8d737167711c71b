// What is kept of a trace, by what its caller decided about it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activeTraceparent, alwaysSample, contextFrom, startTracing, withSpan } from './tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const caller = (flags: '00' | '01') => contextFrom(`00-${traceId}-b7ad6b7169203331-${flags}`);

const names: string[] = [];
const collector = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    for (const { scopeSpans } of JSON.parse(body).resourceSpans)
      for (const { spans } of scopeSpans) names.push(...spans.map(({ name }: { name: string }) => name));
    response.end('{}');
  });
});
let stop: () => Promise<void>;
beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  stop = startTracing('checkout', `http://127.0.0.1:${(collector.address() as { port: number }).port}`);
});
afterAll(() => void collector.close());

test('below a trace that nobody keeps no span is made, its name goes on all the same, and work that must be kept is', async () => {
  await withSpan('of a kept trace', { parent: caller('01') }, async () =>
    withSpan('inside it', { kind: SpanKind.CLIENT }, async () => undefined),
  );
  const told = await withSpan('of a dropped trace', { parent: caller('00') }, async () =>
    withSpan('inside that', {}, async () => activeTraceparent()),
  );
  await withSpan(
    'a job',
    { parent: caller('00'), attributes: { [alwaysSample]: true } },
    async () => undefined,
  );
  await stop();
  expect(told).toBe(`00-${traceId}-b7ad6b7169203331-00`);
  expect(names.sort()).toEqual(['a job', 'inside it', 'of a kept trace']);
});
