import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relocate } from './relocate.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'headroom-relocate-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function program(content: string): string {
  const path = join(place, 'program');
  writeFileSync(path, content);
  return path;
}

test('the directory becomes the working directory, byte for byte in its place; what lies below it stays', () => {
  const path = program('\0abc/usr/share/xdef\0/usr/share/x/ui\0');
  relocate(path, '/usr/share/x');
  expect(readFileSync(path, 'utf8')).toBe('\0abc.///////////def\0/usr/share/x/ui\0');
});

test('a program that names the directory twice or not at all is refused and left as it was', () => {
  for (const content of ['/usr/share/x and /usr/share/x', 'nothing']) {
    const path = program(content);
    expect(() => relocate(path, '/usr/share/x')).toThrow(/times, not once/);
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
});
