import { expect, test } from 'vitest';
import type { Log } from '../core/telemetry/log.ts';
import { createOutageLog } from './outage-log.ts';

function kept() {
  const lines: string[] = [];
  const write = (event: string, fields: Parameters<Log['info']>[1] = {}) => {
    lines.push([event, fields.message].filter(Boolean).join(' '));
  };
  return { lines, log: { debug: write, info: write, warn: write, error: write } satisfies Log };
}

test('an outage is one line however often it is met, and one when it is over', () => {
  const { lines, log } = kept();
  const outage = createOutageLog(log, 'the part');
  for (let i = 0; i < 3; i++) outage.failed(new Error('away'));
  outage.recovered();
  expect(lines).toEqual(['outage.began away', 'outage.ended']);
});

test('another reason is said too, because the first does not explain it; two that alternate are said once each', () => {
  const { lines, log } = kept();
  const outage = createOutageLog(log, 'the part');
  for (const reason of ['away', 'full', 'away', 'full']) outage.failed(new Error(reason));
  expect(lines).toEqual(['outage.began away', 'outage.changed full']);
});

test('reasons that never repeat do not fill the log', () => {
  const { lines, log } = kept();
  const outage = createOutageLog(log, 'the part');
  for (let i = 0; i < 1_000; i++) outage.failed(new Error(`reason ${i}`));
  expect(lines.length).toBeLessThanOrEqual(20);
});
