// From the first bitten request to the webhook: what counts as heard.
import { describe, expect, test } from 'vitest';
import { detectAlert } from './detect.ts';
import type { ReceivedAlert } from './target.ts';

const expected = { name: 'Burn', labels: { burn_tier: 'page-fast' } };
const alert = (
  received_ms: number,
  status: ReceivedAlert['status'] = 'firing',
  over: object = {},
): ReceivedAlert => ({
  ...{ name: 'Burn', labels: { burn_tier: 'page-fast', slo: 's' }, received_ms, status },
  ...over,
});
const detect = (received: ReceivedAlert[], firstBiteMs: number | null = 10_000, untilMs = 60_000) =>
  detectAlert(expected, 20, received, { firstBiteMs, untilMs });

describe('an expected alert', () => {
  test('is detected at its first arrival after the first bite', () => {
    expect(detect([alert(25_000), alert(40_000)])).toMatchObject({ kind: 'detected', detect_seconds: 15 });
  });
  test('is late past its budget', () => {
    expect(detect([alert(31_000)])).toMatchObject({ kind: 'late', detect_seconds: 21 });
  });
  test.each([
    ['it never came', []],
    ['only its resolution came', [alert(25_000, 'resolved')]],
    ['another tier came', [alert(25_000, 'firing', { labels: { burn_tier: 'ticket-slow' } })]],
    ['another alert came', [alert(25_000, 'firing', { name: 'Other' })]],
    ['it came after the window', [alert(61_000)]],
  ])('is missing when %s', (_why, received) => {
    expect(detect(received)).toMatchObject({ kind: 'missing', received_ms: null });
  });
  test('that was firing before the bite proves nothing, however often it is sent again', () => {
    expect(detect([alert(5_000), alert(25_000)])).toMatchObject({ kind: 'already_firing' });
  });
  test('that had resolved before the bite counts afresh', () => {
    expect(detect([alert(1_000), alert(5_000, 'resolved'), alert(25_000)])).toMatchObject({
      kind: 'detected',
    });
  });
  test('cannot be timed when nothing was bitten', () => {
    expect(detect([alert(25_000)], null)).toMatchObject({ kind: 'no_bite', detect_seconds: null });
  });
});
