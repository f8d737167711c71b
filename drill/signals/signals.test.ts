import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Facts, healthyFacts } from '../evidence.fixture.ts';
import { signalsCheck } from './check.ts';
import { readLog } from './read-log.ts';

const judged = (plant: (facts: Facts) => void = () => undefined) => {
  const facts = healthyFacts();
  plant(facts);
  return signalsCheck(facts.signals, facts.spans, facts.spanFacts!);
};

const withoutSpan = (name: string) => (facts: Facts) => {
  facts.spans = facts.spans.filter((span) => span.name !== name);
};

const gaps: Readonly<Record<string, { plant(facts: Facts): void; said: RegExp }>> = {
  'a metric that no scrape holds': {
    plant: (facts) => facts.signals!.metrics.orders.pop(),
    said: /orders exposes no /,
  },
  'a step without its span': {
    plant: withoutSpan('checkout screen'),
    said: /checkout has no span checkout screen/,
  },
  'a process that never said it listens': {
    plant: (facts) => facts.signals!.logs.workers.events.shift(),
    said: /workers logs no listening/,
  },
  'an address in a log': {
    plant: (facts) => Object.assign(facts.signals!.logs.orders, { leaking: 1 }),
    said: /1 lines in the log of orders hold/,
  },
  'a payment that failed and whose trace nobody finds': {
    plant: (facts) => Object.assign(facts.signals!.logs.checkout, { untraced: 2 }),
    said: /2 lines in the log of checkout lack the trace id/,
  },
  'a line that is no log line': {
    plant: (facts) => Object.assign(facts.signals!.logs.checkout, { unreadable: 1 }),
    said: /1 lines in the log of checkout are no log lines/,
  },
  'a histogram without exemplars': {
    plant: (facts) => Object.values(facts.signals!.exemplars)[0]!.pop(),
    said: /_bucket has no exemplar/,
  },
  'an exemplar of a trace that nobody has': {
    plant: (facts) => Object.values(facts.signals!.exemplars)[0]!.push('f'.repeat(32)),
    said: /1 of 2 exemplars of \w+_bucket lead to no trace, first f{32}/,
  },
};

describe('what is declared is told', () => {
  test('by every service of a healthy shop', () => {
    expect(judged().status).toBe('pass');
  });

  test.each(Object.entries(gaps))('%s is named', (_what, { plant, said }) => {
    const check = judged(plant);
    expect(check.status).toBe('fail');
    expect(check.detail).toMatch(said);
    expect(check.detail).not.toContain(';');
  });

  test('without every span nothing is said of spans, and the rest is judged all the same', () => {
    const lossy = (facts: Facts) => {
      facts.spanFacts!.dropped = 3;
    };
    expect(
      judged((facts) => {
        lossy(facts);
        facts.spans = [];
      }).status,
    ).toBe('unknown');
    expect(
      judged((facts) => {
        lossy(facts);
        facts.signals!.logs.orders.leaking = 1;
      }).status,
    ).toBe('fail');
  });
});

describe('a log is read line by line', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'headroom-log-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('what leaks, lacks its trace or is no log line is counted', async () => {
    const line = (fields: object) =>
      JSON.stringify({ time: 't', level: 'warn', service: 'checkout', ...fields });
    const path = join(dir, 'checkout.log');
    await writeFile(
      path,
      [
        line({ event: 'listening' }),
        line({ event: 'checkout.not_confirmed', trace_id: 'abc' }),
        line({ event: 'checkout.not_confirmed' }),
        line({ event: 'listening', message: 'for someone@example.com' }),
        line({ event: 'listening', message: 'paid with 4242 4242 4242 4242' }),
        '(node:1) Warning: something',
        '',
      ].join('\n'),
    );
    expect(await readLog(path)).toEqual({
      ...{ lines: 6, unreadable: 1, leaking: 2, untraced: 1 },
      events: ['checkout.not_confirmed', 'listening'],
    });
  });
});
