import { describe, expect, test } from 'vitest';
import { samplesOf, window } from './samples.fixture.ts';
import type { Samples } from './samples.ts';
import { Sketch } from './sketch.ts';
import { judgeValidity } from './validity.ts';

const healthy = samplesOf([window(0)]);
const judged = (more: Partial<Samples>) => judgeValidity([healthy, { ...healthy, ...more }]);
const totals = healthy.totals!;

describe('whether a run may be believed', () => {
  test('one that kept up and did what was planned may', () => {
    expect(judged({}).map((check) => check.status)).toEqual(['pass', 'pass']);
  });

  const late = new Sketch();
  late.add(1, 97);
  late.add(900, 3);
  test.each<[string, Partial<Samples>, RegExp]>([
    ['a dropped session', { totals: { ...totals, dropped: 1 } }, /1 sessions dropped/],
    ['a dropped iteration', { totals: { ...totals, iterationsDropped: 2 } }, /2 sessions dropped/],
    ['late sessions', { lateness: late }, /p99 \d+ ms late/],
    ['a lost record', { submissionsReceived: 29 }, /30 submissions counted, 29 received/],
    [
      'a session cut off',
      { totals: { ...totals, submissionsSent: 31 } },
      /31 submissions sent, only 30 told/,
    ],
    ['a script error', { generator: { ...healthy.generator, scriptErrors: 1 } }, /errors in the k6 script/],
    [
      'a generator that ate the machine',
      { generator: { ...healthy.generator, cpuSeconds: 90 } },
      /75 % of the machine/,
    ],
    ['a k6 that died', { totals: null }, /did not come to its end/],
  ])('%s makes it invalid and is named', (_what, more, complaint) => {
    const [generator, fidelity] = judged(more);
    expect(generator).toMatchObject({ check: 'generator-kept-up', kind: 'validity', status: 'fail' });
    expect(generator!.detail).toMatch(complaint);
    expect(fidelity!.status).toBe('pass');
  });

  test('traffic of another shape or mix makes it invalid', () => {
    const { fidelity } = healthy;
    expect(judged({ fidelity: { ...fidelity, achieved: [48, 49] } })[1]).toMatchObject({
      status: 'fail',
      observed: 0.97,
    });
    const mix = { 'order GB': { intended: 50, achieved: 47 }, 'cart GB': { intended: 50, achieved: 50 } };
    expect(judged({ fidelity: { ...fidelity, mix } })[1]!.status).toBe('fail');
    expect(judged({ fidelity: { ...fidelity, achieved: [49, 49] } })[1]!.status).toBe('pass');
  });

  test('no load at all is not a valid run', () => {
    expect(judgeValidity([]).map((check) => check.status)).toEqual(['fail', 'fail']);
  });
});
