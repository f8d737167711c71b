import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

// Plain JavaScript, because it runs before anything that could strip types is installed.
const script = './ensure-dependencies.mjs';
const { staleness } = (await import(script)) as { staleness(root: string): string | null };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-lock-'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (file: string, packages: object) =>
  writeFileSync(join(root, file), JSON.stringify({ packages }));
const locked = {
  '': { name: 'headroom' },
  'node_modules/hono': { version: '4.13.19' },
  'node_modules/for-another-system': { version: '1.0.0', optional: true },
};

test('a tree that is what the lock says is left alone, without the packages of other systems', () => {
  write('package-lock.json', locked);
  write('node_modules/.package-lock.json', { 'node_modules/hono': { version: '4.13.19' } });
  expect(staleness(root)).toBeNull();
});

test('a fresh clone, a missing package and another version are each seen', () => {
  write('package-lock.json', locked);
  expect(staleness(root)).toBe('nothing is installed');
  write('node_modules/.package-lock.json', {});
  expect(staleness(root)).toContain('hono is missing');
  write('node_modules/.package-lock.json', { 'node_modules/hono': { version: '3.0.0' } });
  expect(staleness(root)).toContain('the lock says 4.13.19');
});
