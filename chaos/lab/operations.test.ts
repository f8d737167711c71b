// Captures, refunds and disputes at the lab's payment providers, and what a key protects at each.
import { describe, expect, test } from 'vitest';
import type { Provider } from '../../core/telemetry/metrics/payment.ts';
import { labForEachTest, order } from './lab.fixture.ts';

const { call, url, start, stop, fault, heal, advance } = labForEachTest();

type Kind = 'captures' | 'refunds';
const both = ['psp-primary', 'psp-backup'] as const;

async function authorized(provider: Provider, amount_minor = 1299) {
  const body = { ...order(), amount_minor };
  await call('POST', url(provider, '/v1/authorizations'), body, { 'Idempotency-Key': body.reference });
  return body.reference;
}
const operate = (provider: Provider, kind: Kind, reference: string, amount_minor: number, key: string) =>
  call(
    'POST',
    url(provider, `/v1/${kind}`),
    { reference, amount_minor, currency: 'GBP' },
    { 'Idempotency-Key': key },
  );
const chargeOf = async (provider: Provider, reference: string) => {
  const { charges } = (await call('GET', url('control', `/books/${provider}`))).body;
  return charges.find((charge: { reference: string }) => charge.reference === reference);
};
const under = async (provider: Provider, key: string) =>
  (await call('GET', url(provider, `/v1/operations?key=${key}`))).body.data;
const dispute = (reference: string, kind: string) =>
  call('POST', url('control', '/disputes/psp-primary'), { reference, kind });

describe.each(both)('%s', (provider) => {
  test('captures what was authorised, refunds what was captured, and lists both in its books', async () => {
    const reference = await authorized(provider);
    expect(await operate(provider, 'captures', reference, 1299, 'c1')).toMatchObject({
      status: 201,
      body: { status: 'captured' },
    });
    expect(await operate(provider, 'refunds', reference, 300, 'r1')).toMatchObject({
      status: 201,
      body: { status: 'refunded' },
    });
    const { entries } = (await call('GET', url(provider, '/v1/books'))).body;
    expect(entries).toMatchObject([
      { status: 'approved', captured_minor: 0, refunded_minor: 0 },
      { status: 'captured', captured_minor: 1299, operation: { kind: 'capture', key: 'c1' } },
      { status: 'captured', refunded_minor: 300, operation: { kind: 'refund', amount_minor: 300 } },
    ]);
    expect(await under(provider, 'r1')).toMatchObject([
      { kind: 'refund', status: 'refunded', reference, amount_minor: 300, currency: 'GBP' },
    ]);
    expect(await under(provider, 'nobody')).toEqual([]);
  });

  test('never refunds more than was captured, and captures nothing that is declined, voided or unknown', async () => {
    const reference = await authorized(provider);
    const refused = (error: string) => ({ status: 409, body: { error, executed: false } });
    expect(await operate(provider, 'refunds', reference, 1, 'r0')).toMatchObject(refused('exceeds_captured'));
    expect(await operate(provider, 'captures', reference, 1300, 'c0')).toMatchObject(
      refused('not_capturable'),
    );
    await operate(provider, 'captures', reference, 1299, 'c1');
    const tries = [1, 2, 3, 4].map((n) => operate(provider, 'refunds', reference, 400, `r${n}`));
    expect((await Promise.all(tries)).map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 409]);
    expect((await chargeOf(provider, reference)).refunded_minor).toBe(1200);

    const voided = await authorized(provider);
    await call('POST', url(provider, '/v1/voids'), { reference: voided });
    expect(await operate(provider, 'captures', voided, 1299, 'c2')).toMatchObject(
      refused('reference_voided'),
    );
    expect(await operate(provider, 'captures', 'nobody', 1299, 'c3')).toMatchObject(
      refused('not_capturable'),
    );
  });

  test('a void leaves what was captured where it is, and says so', async () => {
    const reference = await authorized(provider);
    await operate(provider, 'captures', reference, 1299, 'c1');
    const voided = await call('POST', url(provider, '/v1/voids'), { reference });
    expect(voided.body).toEqual({ voided: 0, captured: 1, tombstoned: true });
    expect((await operate(provider, 'refunds', reference, 1299, 'r1')).status).toBe(201);
  });

  test('what it told survives a restart', async () => {
    const reference = await authorized(provider);
    await operate(provider, 'captures', reference, 1299, 'c1');
    await operate(provider, 'refunds', reference, 99, 'r1');
    const before = await chargeOf(provider, reference);
    await stop();
    await start();
    expect(await chargeOf(provider, reference)).toEqual(before);
    expect(await under(provider, 'c1')).toHaveLength(1);
  });
});

describe('what a key protects', () => {
  test('psp-primary replays a capture and a refund for a day; another body under the key is refused', async () => {
    const reference = await authorized('psp-primary');
    const captures = await Promise.all(
      Array.from({ length: 10 }, () => operate('psp-primary', 'captures', reference, 1299, 'c1')),
    );
    expect(new Set(captures.map(({ body }) => body.id)).size).toBe(1);
    expect(captures.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(9);
    await operate('psp-primary', 'refunds', reference, 100, 'r1');
    await operate('psp-primary', 'refunds', reference, 100, 'r1');
    expect((await chargeOf('psp-primary', reference)).refunded_minor).toBe(100);
    expect((await operate('psp-primary', 'refunds', reference, 101, 'r1')).status).toBe(422);
    advance(24 * 3_600_000);
    expect((await operate('psp-primary', 'refunds', reference, 100, 'r1')).status).toBe(201);
    expect((await chargeOf('psp-primary', reference)).refunded_minor).toBe(200);
  });

  test('psp-backup knows no keys: a second capture is an error though money moved, a second refund is a second refund', async () => {
    const reference = await authorized('psp-backup');
    await operate('psp-backup', 'captures', reference, 1299, 'c1');
    const again = await operate('psp-backup', 'captures', reference, 1299, 'c1');
    expect(again).toMatchObject({ status: 409, body: { error: 'already_captured' } });
    expect(again.body.executed).toBeUndefined();
    expect((await chargeOf('psp-backup', reference)).captured_minor).toBe(1299);
    await operate('psp-backup', 'refunds', reference, 100, 'r1');
    await operate('psp-backup', 'refunds', reference, 100, 'r1');
    expect(await under('psp-backup', 'r1')).toHaveLength(2);
  });
});

describe('a fault on a capture or a refund', () => {
  test.each([
    ['before', 503, 0],
    ['error', 500, 0],
    ['slow', 201, 1],
    ['after', null, 1],
    ['late', null, 1],
  ] as const)('%s', async (position, status, made) => {
    const reference = await authorized('psp-primary');
    await operate('psp-primary', 'captures', reference, 1299, 'c1');
    await fault(position, { operation: 'refund' });
    const answer = operate('psp-primary', 'refunds', reference, 100, 'r1').catch(() => ({ status: null }));
    expect((await answer).status).toBe(status);
    await expect.poll(async () => (await under('psp-primary', 'r1')).length, { timeout: 10_000 }).toBe(made);
    // The capture's own fault does not bite a refund.
    await heal();
    await fault('before', { operation: 'capture' });
    expect((await operate('psp-primary', 'captures', reference, 1299, 'c2')).status).toBe(503);
    expect((await operate('psp-primary', 'refunds', reference, 1, 'r2')).status).toBe(201);
  });
});

describe('a dispute', () => {
  test('is noticed, lost and won on appeal, each in its turn, and a lost one cannot be refunded as well', async () => {
    const reference = await authorized('psp-primary', 1000);
    expect((await dispute(reference, 'notice')).status).toBe(404);
    await operate('psp-primary', 'captures', reference, 1000, 'c1');
    await operate('psp-primary', 'refunds', reference, 100, 'r1');
    expect((await dispute(reference, 'lost')).status).toBe(409);
    const notice = (await dispute(reference, 'notice')).body;
    expect(notice).toMatchObject({ kind: 'notice', amount_minor: 900 });
    expect((await dispute(reference, 'notice')).status).toBe(409);
    await operate('psp-primary', 'refunds', reference, 100, 'r2');
    expect((await dispute(reference, 'lost')).body).toMatchObject({ id: notice.id, amount_minor: 800 });
    expect((await operate('psp-primary', 'refunds', reference, 1, 'r3')).status).toBe(409);
    expect((await dispute(reference, 'won')).body).toMatchObject({ id: notice.id, amount_minor: 800 });
    expect((await dispute(reference, 'won')).status).toBe(409);
    expect((await operate('psp-primary', 'refunds', reference, 800, 'r4')).status).toBe(201);
  });
});
