// Every check of the closed list beside its failing twin: a healthy drill is go, and each planted fault turns its own
// check red, and the verdict with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { doctorLedger } from '../chaos/ledgers/doctor.ts';
import { ledgerCheckOf } from '../chaos/ledgers/finding.ts';
import { type LedgerName, ledgerNames } from '../chaos/ledgers/rows.ts';
import { step } from '../loadtests/gate/samples.fixture.ts';
import { Sketch } from '../loadtests/gate/sketch.ts';
import { type CheckName, checks } from './checks.ts';
import { type Facts, healthyFacts, writeFacts } from './evidence.fixture.ts';
import { inOrder, judgeEvidence } from './judge.ts';
import { provedByTest, recordProof } from './proof/record.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function judged(plant: (facts: Facts) => void = () => undefined) {
  const facts = healthyFacts();
  plant(facts);
  await writeFacts(dir, facts);
  return judgeEvidence(dir);
}
const statusOf = (checks: readonly { check: string; status: string }[], name: string) =>
  checks.find((check) => check.check === name)?.status;

/** The step `call` of every window of the replay that no fault touches, slower than asked. */
const slow = (call: 'order' | 'cart' | 'quote' | 'atp', ms: number, share: number) => (facts: Facts) => {
  for (const { steps } of facts.replay.windows) {
    const latencies = Array.from({ length: 100 }, (_, n) => (n < share * 100 ? ms : 30));
    (steps as Map<string, unknown>).set(call, step(latencies));
  }
};
const bad = (slo: string) => (facts: Facts) => {
  for (const [n, sample] of facts.slis.entries()) sample.counts[slo] = { total: n * 20, bad: n * 4 };
};
const chargeTwice = (facts: Facts) => {
  const charge = facts.ledgers.providers.find((row) => row.status === 'approved')!;
  facts.ledgers.providers.push({ ...charge, id: 'again', key: 'another', reference: 'another' });
};

const twins: Readonly<Record<Exclude<CheckName, `ledger-${LedgerName}`>, (facts: Facts) => void>> = {
  'double-charge': chargeTwice,
  oversell: (facts) => {
    for (const row of facts.ledgers.seededStock) row.on_hand -= 1;
  },
  'lost-order': (facts) => {
    const placed = facts.ledgers.shoppers.find((row) => row.outcome === 'placed')!;
    const { order_id } = placed;
    facts.ledgers.database = facts.ledgers.database.filter(
      (row) => !('order_id' in row) || row.order_id !== order_id,
    );
  },
  'captured-without-order': (facts) => {
    const charge = facts.ledgers.providers.find((row) => row.status === 'approved')!;
    facts.ledgers.providers.push({ ...charge, id: 'x', key: 'x', reference: 'x', order: 'ord_nobody' });
  },
  'mail-exactly-once': (facts) => {
    facts.ledgers.mailbox.push({ ...facts.ledgers.mailbox[0]!, message_id: 'again' });
  },
  'unknown-payment-left': (facts) => {
    const attempt = facts.ledgers.database.find((row) => row.table === 'attempt' && row.state === 'voided')!;
    Object.assign(attempt, { state: 'unknown' });
  },
  'generator-kept-up': (facts) => {
    facts.replay = { ...facts.replay, totals: { ...facts.replay.totals!, dropped: 12 } };
  },
  'replay-fidelity': (facts) => {
    facts.replay = { ...facts.replay, fidelity: { ...facts.replay.fidelity, achieved: [50, 20] } };
  },
  'machine-had-headroom': (facts) => {
    for (const sample of facts.machine) sample.busy = 1;
    facts.panels = facts.panels.map((panel) => ({ ...panel, live: true }));
    facts.alerts = facts.alerts.filter((alert) => alert.name !== 'PaymentProviderTimeouts');
  },
  'clock-steady': (facts) => {
    facts.machine[150]!.clock_step_ms = -900;
  },
  'phases-completed': (facts) => {
    facts.run.ended_early = 'interrupted by the operator';
  },
  'samples-sufficient': (facts) => {
    facts.replay = { ...facts.replay, windows: facts.replay.windows.slice(0, 2) };
    facts.baseline = { ...facts.baseline, windows: facts.baseline.windows.slice(0, 2) };
  },
  'faults-bit': (facts) => {
    facts.experiments[0]!.bites = 3;
  },
  'dead-letter-left': (facts) => {
    facts.queues!.left['dead letters'] = 2;
  },
  'hypothesis-held': (facts) => {
    facts.experiments[0]!.held = 'false';
  },
  'queues-drained': (facts) => {
    facts.queues = { waited_seconds: 60, drained: false, left: { 'mails not sent': 4, 'dead letters': 0 } };
  },
  'history-backfilled': (facts) => {
    facts.history!.ok = false;
  },
  'traces-whole': (facts) => {
    facts.spans = facts.spans.filter((span) => span.name !== 'place');
  },
  'steady-state': (facts) => {
    facts.experiments[1]!.steady_before = false;
  },
  'slo-checkout-availability': (facts) => {
    for (const { steps } of facts.replay.windows)
      (steps as Map<string, unknown>).set('order', { sketch: new Sketch(), total: 40, failed: 4 });
  },
  'slo-checkout-latency': slow('order', 1_500, 0.05),
  'slo-cart': slow('cart', 900, 0.1),
  'slo-quote': slow('quote', 1_500, 0.1),
  'slo-inventory-read': slow('atp', 300, 0.1),
  'slo-payment-authorization': bad('payment-authorization'),
  'slo-payment-latency-primary': bad('payment-latency-primary'),
  'slo-order-creation': bad('order-creation'),
  'slo-pipeline-freshness': bad('pipeline-freshness'),
  'slo-notification': bad('notification'),
  'submission-p95': slow('order', 800, 0.2),
  'submission-p99': slow('order', 1_300, 0.2),
  'alerts-detected': (facts) => {
    facts.alerts = facts.alerts.filter((alert) => alert.name !== 'PaymentProviderTimeouts');
  },
  'alerts-silent': (facts) => {
    facts.alerts.unshift({
      ...facts.alerts[1]!,
      name: 'CartBurn',
      received_ms: facts.run.started_ms + 60_000,
    });
  },
  'dashboard-live': (facts) => {
    facts.panels[1]!.live = false;
  },
  'signals-told': (facts) => {
    facts.signals!.metrics.workers.pop();
  },
  'faults-undone': (facts) => {
    facts.experiments[0]!.undo_verified = false;
  },
};

/** Which check turned red by what was planted for it, as the page of proof tells it. */
const turned = new Map<string, boolean>();
afterAll(() =>
  recordProof(
    'test of the judge',
    [...turned].map(([name, red]) => provedByTest('check', name, name, [red], 'plants named it first')),
  ),
);

describe('a drill is judged from its evidence', () => {
  test('a healthy one is go, and every check of the closed list passed', async () => {
    const { verdict } = await judged();
    expect(verdict.reasons).toEqual([]);
    expect(verdict).toMatchObject({ verdict: 'go', exit_code: 0 });
    expect(verdict.checks.map((check) => check.check)).toEqual(Object.keys(checks));
    expect(verdict.load.replayed_peak_orders_per_minute).toBeCloseTo(1_260, -1);
  });

  test.each(Object.entries(twins))(
    '%s turns red by its own fault, and the verdict with it',
    async (name, plant) => {
      const { verdict } = await judged(plant);
      const first = name === 'submission-p99' ? 'slo-checkout-latency' : name;
      const red = statusOf(verdict.checks, name) === 'fail';
      turned.set(name, red && verdict.reasons[0]?.check === first);
      expect(red).toBe(true);
      const kind = checks[name as CheckName];
      const codes = { invariant: 1, validity: 4, evidence: 3, objective: 1, detection: 1, 'game-day': 3 };
      expect(verdict.exit_code).toBe(codes[kind]);
      expect(verdict.reasons[0]?.check).toBe(first);
    },
  );

  test.each(ledgerNames)('one changed row in the ledger of the %s is named first', async (ledger) => {
    await writeFacts(dir, healthyFacts());
    await doctorLedger(dir, ledger);
    const { verdict } = await judgeEvidence(dir);
    turned.set(ledgerCheckOf(ledger), verdict.reasons[0]?.check === ledgerCheckOf(ledger));
    expect(verdict.exit_code).toBe(1);
    expect(verdict.reasons[0]?.check).toBe(ledgerCheckOf(ledger));
  });
});

describe('when several things are wrong', () => {
  const starve = twins['generator-kept-up'];

  test('a double charge is no-go on a starved generator too', async () => {
    const { verdict } = await judged((facts) => {
      starve(facts);
      chargeTwice(facts);
    });
    expect(verdict.exit_code).toBe(1);
    expect(verdict.reasons[0]?.check).toBe('double-charge');
  });

  test('an unhealthy shop that never let the game day begin is no-go for its objective', async () => {
    const { verdict } = await judged((facts) => {
      twins['slo-checkout-availability'](facts);
      for (const experiment of facts.experiments) {
        experiment.steady_before = false;
        experiment.held = 'unknown';
        experiment.bites = 0;
        experiment.first_bite_ms = null;
      }
    });
    expect(verdict.reasons[0]?.check).toBe('slo-checkout-availability');
    expect(verdict.exit_code).toBe(1);
  });

  test('an experiment that ended early with nothing else wrong is never green', async () => {
    const { verdict } = await judged((facts) => {
      facts.experiments[0]!.held = 'unknown';
    });
    expect(verdict.exit_code).toBe(3);
    expect(verdict.reasons[0]?.check).toBe('hypothesis-held');
  });

  test('a missed objective is invalid, never red, on a starved generator', async () => {
    const { verdict } = await judged((facts) => {
      starve(facts);
      twins['slo-checkout-latency'](facts);
    });
    expect(verdict.exit_code).toBe(4);
  });

  test('a missed objective is invalid on a saturated machine, and a met one is met there', async () => {
    const saturate = (facts: Facts) => {
      for (const sample of facts.machine) sample.busy = 1;
    };
    const { verdict } = await judged((facts) => {
      saturate(facts);
      twins['slo-checkout-latency'](facts);
    });
    expect(verdict.reasons[0]?.check).toBe('machine-had-headroom');
    expect(verdict.exit_code).toBe(4);
    expect((await judged(saturate)).verdict.exit_code).toBe(0);
  });

  test('a miss that stands in the calm seconds too is red, though the machine was busy now and then', async () => {
    const { verdict } = await judged((facts) => {
      for (const [n, sample] of facts.machine.entries()) if (n % 60 < 8) sample.busy = 1;
      twins['slo-checkout-latency'](facts);
    });
    expect(verdict.reasons[0]?.check).toBe('slo-checkout-latency');
    expect(verdict.exit_code).toBe(1);
  });

  test('a miss only in the busy seconds is the machine’s: invalid, never red', async () => {
    const { verdict } = await judged((facts) => {
      const busy = new Set<number>();
      for (const [n, sample] of facts.machine.entries())
        if (n % 60 < 12) {
          sample.busy = 1;
          busy.add(n).add(n + 1);
        }
      for (const { startMs, steps } of facts.replay.windows)
        if (busy.has((startMs - facts.run.started_ms) / 1000))
          (steps as Map<string, unknown>).set('cart', step(Array.from({ length: 100 }, () => 900)));
    });
    expect(verdict.reasons[0]?.check).toBe('machine-had-headroom');
    expect(verdict.exit_code).toBe(4);
  });

  test('nothing measured is never green: an empty folder with a whole run is inconclusive', async () => {
    const facts = healthyFacts();
    await writeFacts(dir, facts);
    for (const file of ['slis.ndjson', 'spans.json', 'panels.json', 'alerts.ndjson', 'queues.json'])
      await rm(join(dir, file));
    const { verdict } = await judgeEvidence(dir);
    expect(verdict.verdict).toBe('inconclusive');
    expect(statusOf(verdict.checks, 'alerts-silent')).toBe('unknown');
  });

  test('a run that was interrupted is inconclusive, though half of its load never came', async () => {
    const { verdict } = await judged((facts) => {
      starve(facts);
      facts.run.ended_early = 'interrupted by the operator';
    });
    expect(verdict.exit_code).toBe(3);
    expect(verdict.reasons[0]?.check).toBe('phases-completed');
  });

  test('a check that nobody declared is a bug', () => {
    expect(() => inOrder([{ check: 'vibes', kind: 'objective', status: 'pass', detail: '' }])).toThrow(
      'vibes',
    );
  });
});
