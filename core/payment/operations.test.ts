// Captures and refunds against both providers of the real lab: whatever is cut off, and however often it is tried again,
// money moves once.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createInstruments } from '../telemetry/instruments.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';
import { providerAccess, voidByReference } from './books.ts';
import {
  capture,
  findOperation,
  type MoneyOperation,
  type OperationKind,
  type OperationResult,
  refund,
} from './operations.ts';
import { startLease } from './lease.ts';
import { startTestLab, type TestLab } from './test-lab.ts';

const heldMs = 400;
let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab();
});
afterEach(() => lab.heal());
afterAll(() => lab.close());

/** The workers' side of a shop: breakers and instruments of its own. */
function newShop(provider: Provider, env: Record<string, string> = {}) {
  const instruments = createInstruments('workers');
  // Above a late effect's three seconds and its cut, as the shop's 15 s are above its providers'.
  const limits = { PAYMENT_TIMEOUT_MS: '10000', UNKNOWN_VOID_AFTER_MS: '4000' };
  const config = lab.config({ ...limits, ...env });
  const access = providerAccess(config, instruments).find((each) => each.provider === provider)!;
  const metric = async (line: string) => {
    const { body } = await instruments.expose();
    const found = body.split('\n').find((each) => each.startsWith(line));
    return found === undefined ? null : Number(found.slice(line.length).trim().split(' ')[0]);
  };
  return { access, metric };
}

async function authorized(provider: Provider): Promise<string> {
  const reference = `att_${randomUUID()}`;
  await lab.authorize(provider, { reference, order: `ord_${reference}`, amount_minor: 1000 });
  return reference;
}
async function captured(provider: Provider): Promise<string> {
  const reference = await authorized(provider);
  const done = await capture(newShop(provider).access, operation(reference, 1000));
  expect(done.kind).toBe('done');
  return reference;
}
const operation = (attemptId: string, amount_minor: number): MoneyOperation => ({
  ...{ operationId: `op_${randomUUID()}`, attemptId, amount_minor, currency: 'GBP', lastSentAtMs: null },
  lease: startLease(60_000),
});
// What may be refunded is more than the amount, so that the provider would not stop a second refund.
const amountOf = { capture: 1000, refund: 300 } as const;
async function moved(provider: Provider, kind: OperationKind, reference: string): Promise<number> {
  const charge = await chargeOf(provider, reference);
  return kind === 'capture' ? charge.captured_minor : charge.refunded_minor;
}
const chargeOf = async (provider: Provider, reference: string) =>
  (await lab.charges(provider)).find((charge) => charge.reference === reference)!;

/** What a worker does: with the same key, again and again, writing down each time before it sends. */
async function untilDone(send: (op: MoneyOperation) => Promise<OperationResult>, op: MoneyOperation) {
  let { lastSentAtMs } = op;
  const again = async () => {
    const sentAtMs = Date.now();
    const result = await send({ ...op, lastSentAtMs });
    // Waiting for the first call to end is not a call.
    if (!('reason' in result) || result.reason !== 'may_be_on_its_way') lastSentAtMs = sentAtMs;
    return result.kind;
  };
  await expect.poll(again, { timeout: 20_000, interval: 250 }).toBe('done');
}

describe.each(['psp-primary', 'psp-backup'] as const)('%s', (provider) => {
  test('captures, refunds in parts, and tells for good what it will not do', async () => {
    const { access, metric } = newShop(provider);
    const reference = await authorized(provider);
    const taken = operation(reference, 1000);
    expect(await capture(access, taken)).toMatchObject({ kind: 'done' });
    const part = operation(reference, 400);
    const given = await refund(access, part);
    expect(given.kind).toBe('done');
    expect(await findOperation(access, part.operationId)).toEqual(given);
    expect(await findOperation(access, 'op_nobody')).toEqual({ kind: 'not_found' });
    expect(await refund(access, operation(reference, 601))).toEqual({
      kind: 'refused',
      reason: 'exceeds_captured',
    });
    expect(await capture(access, operation('att_nobody', 1))).toMatchObject({ kind: 'refused' });
    expect(await capture(access, operation(reference, 1000))).toMatchObject({ kind: 'refused' });
    expect(await voidByReference(access, reference)).toEqual({ kind: 'captured' });
    const counted = `payment_operations_total{provider="${provider}",operation="refund",outcome=`;
    expect(await metric(`${counted}"done"}`)).toBe(1);
    expect(await metric(`${counted}"refused"}`)).toBe(1);
  });

  describe.each(['capture', 'refund'] as const)('%s', (kind) => {
    const send = kind === 'capture' ? capture : refund;
    const amount = amountOf[kind];
    const ready = kind === 'capture' ? authorized : captured;

    test('a worker that died with its call on the way is followed by one that asks first', async () => {
      const reference = await ready(provider);
      const op = operation(reference, amount);
      const { access } = newShop(provider);
      expect((await send(access, op)).kind).toBe('done');
      const next = newShop(provider).access;
      for (let again = 0; again < 3; again++)
        expect((await send(next, { ...op, lastSentAtMs: Date.now() })).kind).toBe('done');
      expect(await moved(provider, kind, reference)).toBe(amount);
    });

    test('a provider that is away is asked no more after a while, and nothing was executed', async () => {
      const { access, metric } = newShop(provider, {
        PSP_PRIMARY_URL: 'http://127.0.0.1:1',
        PSP_BACKUP_URL: 'http://127.0.0.1:1',
      });
      const reasons: string[] = [];
      for (let i = 0; i < 7; i++) {
        const result = await send(access, operation('att_1', amount));
        expect(result.kind).toBe('not_executed');
        if ('reason' in result) reasons.push(result.reason);
      }
      expect(reasons.slice(0, 5)).toEqual(Array(5).fill('ECONNREFUSED'));
      expect(reasons.slice(5)).toEqual(['breaker_open', 'breaker_open']);
      const counted = `payment_operations_total{provider="${provider}",operation="${kind}",outcome=`;
      expect(await metric(`${counted}"not_executed"}`)).toBe(7);
    });
  });
});

// Four at once, which do not disturb each other: a fault bites one operation of one provider.
const everywhere = (['psp-primary', 'psp-backup'] as const).flatMap((provider) =>
  (['capture', 'refund'] as const).map((kind) => ({ provider, kind })),
);

test.each([
  ['before', 'not_executed', 600],
  ['error', 'unknown', 600],
  ['after', 'unknown', 600],
  ['slow', 'unknown', 600],
  ['late', 'unknown', 4_000],
] as const)(
  'an answer lost %s the effect is first %s, then done, and the money moved once',
  async (position, first, inFlightMs) => {
    const cases = everywhere.map(async ({ provider, kind }) => {
      const reference = await (kind === 'capture' ? authorized : captured)(provider);
      const op = operation(reference, amountOf[kind]);
      // Only a slow answer is given up on: the others are cut off, and a busy machine is none of them.
      const hasty = position === 'slow' ? { PAYMENT_TIMEOUT_MS: '300' } : {};
      const { access } = newShop(provider, { UNKNOWN_VOID_AFTER_MS: String(inFlightMs), ...hasty });
      const send = kind === 'capture' ? capture : refund;
      return { provider, kind, reference, op, send: (again: MoneyOperation) => send(access, again) };
    });
    const all = await Promise.all(cases);
    for (const { provider, kind } of all) await lab.fault(provider, kind, position, heldMs);
    const lastSentAtMs = Date.now();
    const lost = await Promise.all(all.map(({ send, op }) => send(op)));
    expect(lost.map(({ kind }) => kind)).toEqual(Array(4).fill(first));
    await lab.heal();
    await Promise.all(all.map(({ send, op }) => untilDone(send, { ...op, lastSentAtMs })));
    // A late one is made after the cut; nothing of it may come on top.
    await expect.poll(() => lab.latePending(), { timeout: 10_000 }).toBe(0);
    for (const { provider, kind, reference } of all)
      expect(await moved(provider, kind, reference)).toBe(amountOf[kind]);
  },
  40_000,
);

describe('where a key protects nothing', () => {
  test('a refund cut off a moment ago is not sent again before it can have arrived; who does pays the buyer twice', async () => {
    const [reference, twin] = [await captured('psp-backup'), await captured('psp-backup')];
    const [op, again] = [operation(reference, 300), operation(twin, 300)];
    const { access } = newShop('psp-backup');
    // Told that the provider replays, so it sends at once.
    const idempotent = { authorize: true, capture: true, refund: true };
    const believing = { ...newShop('psp-backup').access, psp: { ...access.psp, idempotent } };
    await lab.fault('psp-backup', 'refund', 'late', heldMs);
    const lastSentAtMs = Date.now();
    await Promise.all([refund(access, op), refund(believing, again)]);
    await lab.heal();
    expect((await refund(believing, { ...again, lastSentAtMs })).kind).toBe('done');
    expect(await refund(access, { ...op, lastSentAtMs })).toEqual({
      kind: 'unknown',
      reason: 'may_be_on_its_way',
    });
    await expect.poll(() => lab.latePending(), { timeout: 10_000 }).toBe(0);
    expect((await refund(access, { ...op, lastSentAtMs })).kind).toBe('done');
    expect((await chargeOf('psp-backup', reference)).refunded_minor).toBe(300);
    expect((await chargeOf('psp-backup', twin)).refunded_minor).toBe(600);
  });

  test('a capture made under a key of somebody else is not ours', async () => {
    const reference = await captured('psp-backup');
    expect(await capture(newShop('psp-backup').access, operation(reference, 1000))).toEqual({
      kind: 'refused',
      reason: 'captured_under_another_key',
    });
  });
});
