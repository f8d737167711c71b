import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const { missingOptionals } = await import(join(import.meta.dirname, 'complete-lock.mjs'));
const lock = () => JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'));

test('the lock names the optional packages of every platform, so that npm ci takes it; run `npm run lock`', () => {
  expect([...missingOptionals(lock()).keys()]).toEqual([]);
});

test('a lock made where a platform’s package could not be looked up is found out, and its package named with its platform', () => {
  const incomplete = lock();
  delete incomplete.packages['node_modules/@biomejs/cli-darwin-x64'];
  expect(missingOptionals(incomplete).get('node_modules/@biomejs/cli-darwin-x64')).toMatchObject({
    cpu: ['x64'],
    os: ['darwin'],
    optional: true,
  });
});
