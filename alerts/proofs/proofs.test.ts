import { describe, expect, test } from 'vitest';
import { prometheus } from '../../stack/prometheus.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { rangeEdgeOf } from '../prometheus-tools.ts';
import { alertRules, ruleGroups } from '../rules.ts';
import { allProofs, gapsOf, unproven } from './all-proofs.ts';
import { judge, prove } from './prove.ts';
import { promtoolFiles, proofKinds, proofName } from './suite.ts';

const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
const edge = await rangeEdgeOf(promtool);
const proofs = allProofs(edge);
const proofOf = (name: string) => proofs.find((proof) => proofName(proof) === name)!;

// Everything is proven by `headroom alerts prove`; here what pages at once, the causes, and one slower tier of each kind
// of objective, because the rest of a kind differs from it by data only.
const sampled = proofs.filter((proof) => {
  const name = proofName(proof);
  return (
    name.endsWith('.page-fast') ||
    proof.groups[0]!.name.startsWith('causes') ||
    /^(PaymentAuthorization|OrderCreation|CheckoutJourney)Burn\.ticket-slow$/.test(name) ||
    /^CartBurn\.(page-slow|ticket-fast)$/.test(name) ||
    /^(ErrorBudgetExhausted|SliMetricAbsent)\.(payment-authorization|cart|checkout-journey)$/.test(name)
  );
});

/** Rules are handed to promtool as JSON. */
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

describe('the proofs', () => {
  test('there is one for every alert, and it shows every kind of case or says why it cannot', () => {
    expect(unproven(proofs)).toEqual([]);
    expect(proofs.flatMap(gapsOf)).toEqual([]);
    expect(proofs).toHaveLength(alertRules(ruleGroups()).length);
  });

  test('an alert without a proof, and a proof that leaves a kind out, are named', () => {
    const [first, ...others] = proofs;
    expect(unproven(others)).toEqual([`${proofName(first!)}: no proof of any kind`]);
    const thin = { ...first!, cases: first!.cases.slice(0, 1) };
    expect(gapsOf(thin)).toEqual(
      proofKinds.slice(3, 6).map((kind) => `${proofName(first!)}: no case shows "${kind}"`),
    );
  });

  test('hold: silent and speaking at the computed steps, word for word', async () => {
    const proven = await prove(promtool, sampled);
    expect(proven.failures).toEqual([]);
    expect(proven.alerts.map(({ name }) => name)).toEqual(sampled.map(proofName));
  }, 120_000);

  // The twin: each of these planted bugs must be seen by the proof of its alert.
  test.each([
    ['CheckoutAvailabilityBurn.page-fast', 'a fast page at twice its threshold', '> 0.0144', '> 0.0288'],
    ['CartBurn.ticket-fast', 'a short window that is the long one', 'rate2h{', 'rate1d{'],
    ['OrderCreationBurn.ticket-slow', 'no guard for quiet nights', '* 259200 >= 20', '* 259200 >= 0'],
    ['CheckoutJourneyBurn.ticket-slow', 'a journey that forgot a step', 'cart|quote|', 'quote|'],
    ['CartBurn.page-slow', 'a NaN at night', ' > 0)', ' >= 0)'],
    [
      'PaymentProviderTimeouts',
      'a provider alert that counts every operation',
      '{operation="authorize"}',
      '{operation="query"}',
    ],
    [
      'PaymentBreakerOpen',
      'a breaker alert that reads one sample',
      'max_over_time(payment_breaker_open[30s])',
      'payment_breaker_open',
    ],
    ['ReconciliationStale', 'a day that is a minute', '[1d]', '[1m]'],
    [
      'InvariantsUncounted',
      'a count taken for a whole pass',
      'invariants_last_counted',
      'reconciliation_last_success',
    ],
    ['ServiceDown', 'one process that answers for all', 'max by (job)', 'min by (job)'],
    ['ProcessDown', 'a target that is not of the shop', 'job=~"checkout|orders|workers"', 'job!=""'],
    ['PaymentProviderTimeouts', 'a page that is over when the breaker opens', '300s', '20s'],
    ['DoubleCharge', 'an invariant that tolerates one violation', '"}) > 0', '"}) > 1'],
    [
      'OrderCreationBurn.page-fast',
      'a latency objective on the wrong bucket',
      '_bucket{le=~"5(',
      '_bucket{le=~"15(',
    ],
    [
      'PaymentProviderTimeouts',
      'an annotation that names another provider',
      'at {{ $labels.provider }} got',
      'at {{ $labels.outcome }} got',
    ],
    ['ErrorBudgetExhausted.cart', 'a month that is a fortnight', '[30d]', '[15d]'],
    ['ErrorBudgetExhausted.payment-authorization', 'a budget of ten times the size', '/ 0.01', '/ 0.1'],
    ['CartBurn.page-fast', 'a quick error that is good', 'status_class=~"2xx|3xx|4xx",', ''],
    ['SliMetricAbsent.cart', 'an absence that any route fills', '/v1/carts', '/v1/orders'],
    ['SliMetricAbsent.order-creation', 'an absence of the bucket alone', '_bucket{', '_count{'],
  ])('%s: see %s', async (name, _, healthy, planted) => {
    const files = promtoolFiles(proofOf(name));
    const sabotaged = files.map((file) => ({
      ...file,
      rules: file.rules.replaceAll(inJson(healthy), inJson(planted)),
    }));
    expect(sabotaged).not.toEqual(files);
    expect((await judge(promtool, sabotaged)).some(({ held }) => !held)).toBe(true);
  });
});
