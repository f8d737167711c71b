import { expect, test } from 'vitest';
import { showProgress } from './progress.ts';

function shown(terminal: boolean) {
  let text = '';
  let clock = 0;
  const err = (more: string) => {
    text += more;
  };
  const progress = showProgress({ out: () => {}, err, terminal }, () => clock);
  const at = (ms: number) => {
    clock = ms;
  };
  return { progress, at, text: () => text };
}

test('in a pipeline every phase is one plain line with the time it began', () => {
  const { progress, at, text } = shown(false);
  progress.phase('boot');
  progress.status('half way');
  at(12_300);
  progress.phase('replay');
  progress.note('k6 was built');
  progress.done();
  expect(text()).toBe('[   0.0 s] boot\n[  12.3 s] replay\n           k6 was built\n');
});

test('on a terminal the running phase is one line that is overwritten, and stays with its duration', () => {
  const { progress, at, text } = shown(true);
  progress.phase('boot');
  progress.status('PostgreSQL');
  at(2_000);
  progress.done();
  const lines = text().split('\r\x1b[2K');
  expect(lines.at(-2)).toContain('boot … 0 s · PostgreSQL');
  expect(lines.at(-1)).toBe('[   2.0 s] boot (2 s)\n');
});
