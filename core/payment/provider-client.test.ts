// What a provider replays by key decides whether a call is sent to it again.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { startDeadline } from '../http/deadline.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createProviderClient } from './provider-client.ts';
import { pspPrimary } from './psp-primary.ts';

let cutting = false;
let calls = 0;
const provider = createServer((request, response) => {
  calls += 1;
  // Cut off after it arrived: it may have charged.
  if (cutting) request.socket.destroy();
  else response.writeHead(201).end(JSON.stringify({ id: `ch_${calls}`, status: 'approved' }));
});
beforeAll(async () => {
  await once(provider.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});

const attempt = { id: 'att_1', attempt_no: 1, provider: 'psp-primary', amount_minor: 1234, currency: 'GBP' };
const charge = { orderId: 'ord_1', market: 'GB', method: 'card', token: 'tok_ok_1' };

/** Calls that reach a provider of that profile: of an attempt cut off twice, and of one that is resumed. */
async function sent(replays: boolean) {
  const config = readConfig({
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
    SERVICE_TOKEN: 'a-token-for-tests-only',
    PSP_PRIMARY_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
  });
  const psp = { ...pspPrimary, idempotent: { ...pspPrimary.idempotent, authorize: replays } };
  const client = createProviderClient(psp, config, createInstruments('checkout'));
  const authorize = async (mayHaveRun: boolean) => {
    calls = 0;
    const { kind } = await client.authorize(charge, attempt, startDeadline(5_000), mayHaveRun);
    return [kind, calls];
  };
  // Good answers earn the retry.
  for (let i = 0; i < 10; i++) await authorize(false);
  cutting = true;
  const cut = await authorize(false);
  cutting = false;
  return { cut, resumed: await authorize(true) };
}

test('where it replays by key, a call cut off is sent again, and a resumed one too', async () => {
  expect(await sent(true)).toEqual({ cut: ['unknown', 2], resumed: ['approved', 1] });
});

test('where it does not, neither is: the outcome is unknown until somebody asked', async () => {
  expect(await sent(false)).toEqual({ cut: ['unknown', 1], resumed: ['unknown', 0] });
});
