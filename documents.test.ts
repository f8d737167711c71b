// What the documents at the front door say is there, is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sabotages } from './drill/sabotage/sabotages.ts';

const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8');

/** Links and images that lead into this repository, without their anchors. */
const linksIn = (markdown: string) =>
  [...markdown.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target));
const missingIn = (markdown: string) =>
  linksIn(markdown).filter((target) => !existsSync(join(import.meta.dirname, target)));

describe('the documents', () => {
  test.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'BENCHMARKS.md'])(
    '%s links to nothing that is gone',
    (file) => {
      expect(missingIn(read(file))).toEqual([]);
    },
  );

  test('a link to a file that is not there is found, one to the world is not ours', () => {
    const text = 'see [it](no/such/file.md#part), [us](README.md) and [them](https://example.org/x)';
    expect(linksIn(text)).toEqual(['no/such/file.md', 'README.md']);
    expect(missingIn(text)).toEqual(['no/such/file.md']);
  });

  test('the README names every sabotage there is', () => {
    const text = read('README.md');
    expect(sabotages.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
