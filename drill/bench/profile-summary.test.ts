import { expect, test } from 'vitest';
import { placeOf, shareByPlace } from './profile-summary.ts';

const root = '/home/shop';
const frame = (functionName: string, url = '') => ({ functionName, url });

test.each([
  [frame('checkout', 'file:///home/shop/core/checkout/checkout.ts'), 'core/checkout'],
  [frame('start', 'file:///home/shop/core/main.ts'), 'core'],
  [frame('send', 'file:///home/shop/node_modules/postgres/src/connection.js'), 'postgres'],
  [frame('end', 'file:///home/shop/node_modules/@opentelemetry/sdk-node/x.js'), '@opentelemetry/sdk-node'],
  [frame('parse', 'file:///home/shop/node_modules/a/node_modules/zod/index.js'), 'zod'],
  [frame('onread', 'node:internal/stream_base_commons'), 'node itself'],
  [frame('stringify'), 'built-in functions'],
  [frame('(garbage collector)'), 'garbage collection'],
  [frame('(program)'), 'native code and system calls'],
] as const)('%j is %s', (callFrame, place) => expect(placeOf(callFrame, root)).toBe(place));

test('shares are summed by place, and waiting is nobody’s', () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('a', `file://${root}/core/http/app.ts`) },
      { id: 3, callFrame: frame('b', `file://${root}/core/http/client.ts`) },
      { id: 4, callFrame: frame('c', `file://${root}/node_modules/zod/index.js`) },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [50_000, 1_000, 2_000, 500],
  };
  expect([...shareByPlace(profile, root)]).toEqual([
    ['core/http', 6 / 7],
    ['zod', 1 / 7],
  ]);
});
