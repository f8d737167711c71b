// The gateway against the real lab: what each way of failing means for the shopper's money.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Attempt } from '../contracts/orders-api.ts';
import { startDeadline } from '../http/deadline.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';
import { providerAccess, queryByReference, readBooks, voidByReference } from './books.ts';
import { declineReason } from './decline-reason.ts';
import { createGateway } from './gateway.ts';
import { startTestLab, type TestLab } from './test-lab.ts';

// Only where no answer comes: the others may take what a busy machine takes.
const hasty = { PAYMENT_TIMEOUT_MS: '300' };
const sale = { market: 'GB', method: 'card' };
let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab();
});
afterEach(() => lab.heal());
afterAll(() => lab.close());

function attemptAt(provider: Provider, attempt_no = 1): Attempt {
  return { id: `att_${randomUUID()}`, attempt_no, provider, amount_minor: 1234, currency: 'GBP' };
}

/** A shop's payment side with breakers of its own. */
function newShop(env: Record<string, string> = {}) {
  const instruments = createInstruments('checkout');
  const config = lab.config({ PAYMENT_TIMEOUT_MS: '10000', ...env });
  const gateway = createGateway(config, instruments);
  const committed: Attempt[] = [];
  const pay = (first = attemptAt('psp-primary'), { mayHaveRun = false, token = 'tok_ok_1' } = {}) =>
    gateway.authorize({ orderId: `ord_${first.id}`, ...sale, token }, first, {
      deadline: startDeadline(5_000),
      mayHaveRun,
      async commitNext(failed, provider) {
        const next = attemptAt(provider, failed.attempt_no + 1);
        committed.push(next);
        return next;
      },
    });
  const metric = async (line: string) => {
    const found = (await instruments.expose()).body.split('\n').find((each) => each.startsWith(line));
    return found === undefined ? null : Number(found.slice(line.length).trim().split(' ')[0]);
  };
  return { gateway, pay, committed, metric, access: providerAccess(config, instruments) };
}

const chargesOf = async (attempt: Attempt) => {
  const all = await Promise.all([lab.charges('psp-primary'), lab.charges('psp-backup')]);
  return all.flat().filter((charge) => charge.order === `ord_${attempt.id}` && charge.status === 'approved');
};

test('an approved and a declined card are told apart, and each is one charge or none', async () => {
  const { pay, metric } = newShop();
  const good = attemptAt('psp-primary');
  expect(await pay(good)).toMatchObject({ kind: 'decided', authorization: { kind: 'approved' } });
  expect(await chargesOf(good)).toHaveLength(1);
  const bad = attemptAt('psp-primary');
  expect(await pay(bad, { token: 'tok_decline_1' })).toMatchObject({ authorization: { kind: 'declined' } });
  expect(await chargesOf(bad)).toHaveLength(0);
  expect(
    await metric('payment_attempts_total{provider="psp-primary",method="card",outcome="approved"}'),
  ).toBe(1);
  expect(
    await metric('payment_attempts_total{provider="psp-primary",method="card",outcome="declined"}'),
  ).toBe(1);
});

test('a decline is counted with its reason; a code that nobody knows, and a word of the language, is another', async () => {
  const { pay, metric } = newShop();
  const counted = (reason: string) =>
    metric(`payment_declines_total{provider="psp-primary",reason="${reason}"}`);
  await pay(attemptAt('psp-primary'), { token: 'tok_decline_1' });
  // A gift card's token in the place of a card's.
  await pay(attemptAt('psp-primary'), { token: 'tok_gift_5000A01' });
  expect([await counted('insufficient_funds'), await counted('wrong_token')]).toEqual([1, 1]);
  expect(['stolen_card', 'card_on_the_moon', 'constructor'].map(declineReason)).toEqual([
    'lost_or_stolen',
    'other',
    'other',
  ]);
});

test('an answer lost after the charge is unknown: no other provider is asked, and the timeout is counted', async () => {
  await lab.fault('psp-primary', 'authorize', 'after', 2_000);
  const { pay, committed, metric } = newShop(hasty);
  const attempt = attemptAt('psp-primary');
  expect(await pay(attempt)).toMatchObject({ authorization: { kind: 'unknown', reason: 'timeout' } });
  expect(committed).toEqual([]);
  expect(await chargesOf(attempt)).toHaveLength(1);
  const timeouts = 'payment_provider_timeouts_total{provider="psp-primary",operation=';
  expect(await metric(`${timeouts}"authorize"}`)).toBe(1);
  expect(await metric('payment_attempts_total{provider="psp-primary",method="card",outcome="unknown"}')).toBe(
    1,
  );
  expect(await metric(`payment_authorization_duration_seconds_bucket{le="0.2",provider="psp-primary"}`)).toBe(
    0,
  );
});

test('500 says nothing about the charge, so it is unknown and not tried elsewhere', async () => {
  await lab.fault('psp-primary', 'authorize', 'error');
  const { pay, committed } = newShop();
  expect(await pay()).toMatchObject({ authorization: { kind: 'unknown', reason: 'status_500' } });
  expect(committed).toEqual([]);
});

test('proven not executed goes to the backup, after its attempt was committed', async () => {
  await lab.fault('psp-primary', 'authorize', 'before');
  const { pay, committed } = newShop();
  const attempt = attemptAt('psp-primary');
  const result = await pay(attempt);
  expect(committed.map(({ provider }) => provider)).toEqual(['psp-backup']);
  expect(result).toMatchObject({ attempt: committed[0], authorization: { kind: 'approved' } });
  expect(await chargesOf(attempt)).toHaveLength(1);
});

test('a refused connection is proof as well', async () => {
  const { pay, committed } = newShop({ PSP_PRIMARY_URL: 'http://127.0.0.1:1' });
  expect(await pay()).toMatchObject({ authorization: { kind: 'approved' } });
  expect(committed).toHaveLength(1);
});

test('an attempt that may have run before proves nothing by not running now', async () => {
  await lab.fault('psp-primary', 'authorize', 'before');
  const { pay, committed } = newShop();
  expect(await pay(attemptAt('psp-primary'), { mayHaveRun: true })).toMatchObject({
    authorization: { kind: 'unknown' },
  });
  expect(committed).toEqual([]);
});

test('an attempt resumed with its own key is charged once, however often', async () => {
  const { pay } = newShop();
  const attempt = attemptAt('psp-primary');
  const results = await Promise.all([pay(attempt), pay(attempt, { mayHaveRun: true }), pay(attempt)]);
  expect(results.map((r) => r.kind === 'decided' && r.authorization.kind)).toEqual(Array(3).fill('approved'));
  expect(await chargesOf(attempt)).toHaveLength(1);
});

test('nothing executed anywhere is told so', async () => {
  await lab.fault('psp-primary', 'authorize', 'before');
  await lab.fault('psp-backup', 'authorize', 'before');
  const { pay, metric } = newShop();
  expect(await pay()).toMatchObject({
    attempt: { provider: 'psp-backup' },
    authorization: { kind: 'not_executed' },
  });
  expect(
    await metric('payment_attempts_total{provider="psp-backup",method="card",outcome="not_executed"}'),
  ).toBe(1);
});

test('an attempt that could not be written down is not made', async () => {
  await lab.fault('psp-primary', 'authorize', 'before');
  const { gateway } = newShop();
  const attempt = attemptAt('psp-primary');
  const result = await gateway.authorize(
    { orderId: `ord_${attempt.id}`, ...sale, token: 'tok_ok_1' },
    attempt,
    { deadline: startDeadline(5_000), mayHaveRun: false, commitNext: async () => null },
  );
  expect(result.kind).toBe('not_recorded');
  expect(await chargesOf(attempt)).toEqual([]);
});

test('an open breaker routes new orders to the backup and shows in its gauge; a healthy primary keeps them', async () => {
  const { gateway, pay, metric } = newShop();
  expect(gateway.choose(sale)).toBe('psp-primary');
  await lab.fault('psp-primary', 'authorize', 'error');
  for (let i = 0; i < 5; i++) await pay();
  expect(gateway.choose(sale)).toBe('psp-backup');
  expect(await metric('payment_breaker_open{provider="psp-primary"}')).toBe(1);
  expect(await metric('payment_breaker_open{provider="psp-backup"}')).toBe(0);
});

test('a broken answer is asked again with the same key once the budget allows, and charges once', async () => {
  const { pay, metric } = newShop();
  for (let i = 0; i < 10; i++) await pay();
  await lab.fault('psp-primary', 'authorize', 'after', 1);
  const attempt = attemptAt('psp-primary');
  expect(await pay(attempt)).toMatchObject({ authorization: { kind: 'unknown', reason: 'connection_lost' } });
  expect(await chargesOf(attempt)).toHaveLength(1);
  expect(await metric('payment_retries_total{provider="psp-primary"}')).toBe(1);
});

test('a retry that is refused says nothing about the first call, which may have charged', async () => {
  let calls = 0;
  const moody = createServer((request, response) => {
    calls += 1;
    // Ten good answers earn the retry; then one call is cut off after it arrived, and the next is refused.
    if (calls === 11) request.socket.destroy();
    else if (calls > 11) response.writeHead(503).end('{}');
    else response.writeHead(201).end(JSON.stringify({ id: `ch_${calls}`, status: 'approved' }));
  }).listen(0, '127.0.0.1');
  await once(moody, 'listening');
  const { pay, committed } = newShop({
    PSP_PRIMARY_URL: `http://127.0.0.1:${(moody.address() as AddressInfo).port}`,
  });
  for (let i = 0; i < 10; i++) await pay();
  expect(await pay()).toMatchObject({ authorization: { kind: 'unknown', reason: 'connection_lost' } });
  expect([calls, committed]).toEqual([12, []]);
  moody.closeAllConnections();
  moody.close();
});

test('no time left to ask means not asked, and that is proof', async () => {
  const { gateway } = newShop();
  const attempt = attemptAt('psp-primary');
  const result = await gateway.authorize(
    { orderId: `ord_${attempt.id}`, ...sale, token: 'tok_ok_1' },
    attempt,
    {
      deadline: startDeadline(600),
      mayHaveRun: false,
      commitNext: async (_, provider) => attemptAt(provider, 2),
    },
  );
  expect(result).toMatchObject({ authorization: { kind: 'not_executed', reason: 'deadline_used_up' } });
  expect(await chargesOf(attempt)).toEqual([]);
});

test('reconciliation finds a charge by our reference, voids it, and reads both in the books', async () => {
  const { pay, access } = newShop();
  const attempt = attemptAt('psp-primary');
  await pay(attempt);
  const primary = access[0]!;
  expect(await queryByReference(primary, attempt.id)).toMatchObject({
    kind: 'found',
    charges: [{ status: 'approved', amount_minor: 1234 }],
  });
  expect(await queryByReference(primary, 'att_nobody')).toEqual({ kind: 'found', charges: [] });
  expect(await voidByReference(primary, attempt.id)).toEqual({ kind: 'voided', count: 1 });
  const books = await readBooks(primary, 0, 1000);
  if (books.kind !== 'entries') throw new Error(books.reason);
  const mine = books.entries.filter((entry) => entry.reference === attempt.id);
  expect(mine.map(({ status }) => status)).toEqual(['approved', 'voided']);
  expect(books.next).toBe(books.entries.at(-1)!.seq);
});

test('a provider that does not answer a question is no answer, never "nothing found"', async () => {
  const { access, metric } = newShop(hasty);
  await lab.fault('psp-primary', 'query', 'slow', 2_000);
  expect(await queryByReference(access[0]!, 'att_x')).toEqual({ kind: 'no_answer', reason: 'timeout' });
  expect(await metric('payment_provider_timeouts_total{provider="psp-primary",operation="query"}')).toBe(1);
  await lab.fault('psp-primary', 'query', 'error');
  expect((await queryByReference(access[0]!, 'att_x')).kind).toBe('no_answer');
});

test('a reference we had voided ourselves is no failure of the provider', async () => {
  const { pay, gateway, access, metric } = newShop();
  for (let i = 0; i < 6; i++) {
    const attempt = attemptAt('psp-primary');
    await voidByReference(access[0]!, attempt.id);
    expect(await pay(attempt, { mayHaveRun: true })).toMatchObject({
      authorization: { kind: 'unknown', reason: 'reference_voided' },
    });
  }
  expect(gateway.choose(sale)).toBe('psp-primary');
  expect(await metric('payment_breaker_open{provider="psp-primary"}')).toBe(0);
});
