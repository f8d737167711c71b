// The README beside this file is what shops and experiments are written against: it names every call, and no other.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createControl } from './control.ts';
import { faultRequest } from './faults.ts';
import { createFraud } from './fraud.ts';
import { createPsp } from './psp.ts';
import { createRates } from './rates.ts';
import { plants } from './settlement-plants.ts';
import { createTax } from './tax.ts';
import { webhookTopics } from './webhook-event.ts';
import { subscription } from './webhooks.ts';

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
// Nothing is called: routes are known before the first request.
const none = {} as never;
const apps = [
  createPsp(none, none, none),
  createTax(none),
  createRates(none),
  createFraud(none),
  createControl(none, none, none),
];
const served = new Set(apps.flatMap(({ routes }) => routes.map(({ method, path }) => `${method} ${path}`)));
const namedIn = (text: string) =>
  new Set(
    [...text.matchAll(/`(GET|POST|PUT|DELETE) (\/[\w/:-]+)/g)].map(([, method, path]) => `${method} ${path}`),
  );

test('every call of every provider and of the control API is described, and each that is described exists', () => {
  expect(served.size).toBeGreaterThan(20);
  expect([...namedIn(readme)].toSorted()).toEqual([...served].toSorted());
});

test('so is every value a fault, a subscription and a planted error may have', () => {
  const { provider: _provider, operation, ...fault } = faultRequest.shape;
  const words = [
    ...operation.options,
    ...fault.mix.element.shape.position.options,
    ...Object.keys(faultRequest.shape),
    ...webhookTopics,
    ...Object.keys(subscription.shape),
    ...plants,
  ];
  expect(words.filter((word) => !new RegExp(`[\`'{ ]${word}[\`'?:, }]`).test(readme))).toEqual([]);
});

test('a call that is not served, or not described, is noticed', () => {
  const stale = `${readme}\n| \`POST /v1/chargebacks\` | gone |`;
  expect([...namedIn(stale)].filter((name) => !served.has(name))).toEqual(['POST /v1/chargebacks']);
  const short = readme.replaceAll('`POST /v1/screen`', '');
  expect([...served].filter((name) => !namedIn(short).has(name))).toEqual(['POST /v1/screen']);
});
