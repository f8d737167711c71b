// What a shop sees of the lab's providers when nothing is wrong.
import { appendFile, readFile, rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { labForEachTest, order } from './lab.fixture.ts';

const { call, url, ports, books, start, stop, authorize, query, tax } = labForEachTest();

describe('a payment provider', () => {
  test('approves, declines and refuses a token it does not know', async () => {
    expect(await authorize(order())).toMatchObject({ status: 201, body: { status: 'approved' } });
    expect(await authorize(order(undefined, 'tok_decline_1'))).toMatchObject({
      status: 201,
      body: { status: 'declined', decline_code: 'insufficient_funds' },
    });
    expect((await authorize(order(undefined, 'tok_stolen_1'))).status).toBe(422);
    expect((await authorize({ ...order(), amount_minor: -1 })).status).toBe(422);
  });

  test('answers the same key and body with the first answer and charges once; another body is refused', async () => {
    const body = order();
    const answers = await Promise.all(Array.from({ length: 20 }, () => authorize(body)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true')).toHaveLength(19);
    expect(await query(body.reference)).toHaveLength(1);
    expect((await authorize({ ...body, amount_minor: 1 })).status).toBe(422);
    expect((await call('POST', url('psp-primary', '/v1/authorizations'), body)).status).toBe(400);
  });

  test('another key is another charge, so a shop that loses its key is found out', async () => {
    const body = order();
    await authorize(body, 'k1');
    await authorize(body, 'k2');
    expect(await query(body.reference)).toHaveLength(2);
  });

  test('voids by reference and refuses whatever arrives under it later', async () => {
    const body = order();
    const { id } = (await authorize(body)).body;
    const voided = await call('POST', url('psp-primary', '/v1/voids'), { reference: body.reference });
    expect(voided.body).toEqual({ voided: 1, captured: 0, tombstoned: true });
    expect((await authorize(body, 'another-key')).status).toBe(409);
    expect((await authorize(body)).body).toMatchObject({ id, status: 'approved' });
    expect(await query(body.reference)).toMatchObject([{ id, status: 'voided' }]);
  });

  test('lists every change of state as an entry of its own, page by page', async () => {
    const bodies = [order(), order(), order()];
    for (const body of bodies) await authorize(body);
    await call('POST', url('psp-primary', '/v1/voids'), { reference: bodies[0]!.reference });
    const first = (await call('GET', url('psp-primary', '/v1/books?after=0&limit=2'))).body;
    const second = (await call('GET', url('psp-primary', `/v1/books?after=${first.next}&limit=10`))).body;
    const entries = [...first.entries, ...second.entries];
    expect(entries.map((entry) => entry.status)).toEqual(['approved', 'approved', 'approved', 'voided']);
    expect(entries[3]).toMatchObject({
      reference: bodies[0]!.reference,
      amount_minor: 1299,
      currency: 'GBP',
    });
    const end = (await call('GET', url('psp-primary', `/v1/books?after=${second.next}`))).body;
    expect(end).toEqual({ entries: [], next: second.next });
  });

  test('its books, keys and tombstones survive a restart, and a line that was cut off while writing is dropped', async () => {
    const [charged, voided] = [order(), order()];
    const first = await authorize(charged);
    await call('POST', url('psp-primary', '/v1/voids'), { reference: voided.reference });
    const before = (await call('GET', url('control', '/books/psp-primary'))).body;
    await stop();
    await appendFile(books(), '{"seq":9,"kind":"cha');
    await start();
    expect((await call('GET', url('control', '/books/psp-primary'))).body).toEqual(before);
    const again = await authorize(charged);
    expect(again.body).toEqual(first.body);
    expect((await authorize(voided)).status).toBe(409);
    expect((await authorize(order())).status).toBe(201);
    await stop();
    await start();
    expect((await call('GET', url('control', '/books/psp-primary'))).body.charges).toHaveLength(2);
  });

  test('refuses to start on books with a broken line in the middle', async () => {
    await authorize(order());
    await stop();
    const path = books();
    const text = await readFile(path, 'utf8');
    await appendFile(path, `not json\n${text}`);
    await expect(start()).rejects.toThrow('line 2 is not JSON');
    await rm(path);
    await start();
  });

  test('the token is not in the books', async () => {
    await authorize(order(undefined, 'tok_ok_secret'));
    expect(await readFile(books(), 'utf8')).not.toContain('tok_ok');
    expect(JSON.stringify((await call('GET', url('control', '/books/psp-primary'))).body)).not.toContain(
      'fingerprint',
    );
  });
});

test('tax and rates answer for home and abroad', async () => {
  expect((await tax('GB')).body).toEqual({ tax_minor: 300, rate: 0.2 });
  expect((await tax('JP')).body).toEqual({ tax_minor: 0, rate: 0 });
  const rates = (
    await call('POST', url('rates', '/v1/rates'), { country: 'GB', weight_grams: 1500, currency: 'GBP' })
  ).body;
  expect(rates.rates).toEqual([
    { method: 'standard', amount_minor: 555, days: 3 },
    { method: 'express', amount_minor: 1095, days: 1 },
  ]);
  expect((await call('GET', url('control', '/healthz'))).body.ports).toEqual(ports());
});

test('a card number anywhere in a call is refused on every port and repeated by none', async () => {
  const card = '4111-1111-1111-1111';
  const everywhere = Object.keys(ports()) as (keyof ReturnType<typeof ports>)[];
  expect(everywhere).toHaveLength(6);
  for (const name of everywhere)
    for (const told of [
      await call('POST', url(name, '/v1/authorizations'), { ...order(), token: card }),
      await call('GET', url(name, `/v1/authorizations?reference=${card}`)),
      await call('GET', url(name, '/healthz'), undefined, { 'x-note': card }),
    ]) {
      expect([name, told.status, told.body.error]).toEqual([name, 422, 'card_number_refused']);
      expect(JSON.stringify(told.body)).not.toContain('1111');
    }
  expect(await readFile(books(), 'utf8')).not.toContain('1111');
});

test('fraud screening thinks what the token says', async () => {
  const ask = (token: string) => call('POST', url('fraud', '/v1/screen'), { ...asked, token });
  const asked = { order: 'o-1', amount_minor: 1299, currency: 'GBP', country: 'GB', method: 'card' };
  for (const [token, decision] of Object.entries({
    tok_ok_1: 'accept',
    tok_ok_risky1: 'review',
    tok_ok_stolen1: 'reject',
  }))
    expect((await ask(token)).body).toMatchObject({ decision });
  expect((await ask('someone')).status).toBe(422);
});
