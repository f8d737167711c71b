// A shop that was started asks the lab for its webhooks: where, of what, and with the secrets its orders service has.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../chaos/lab/server.ts';
import { readConfig } from '../core/config.ts';
import { newWebhookSecrets, subscribeToWebhooks, webhookEnvironment } from './webhooks.ts';

let dir: string;
let lab: Lab;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-'));
  lab = await startLab({
    ...{ dir, host: '127.0.0.1', baseLatencyMs: 0 },
    ports: { control: 0, 'psp-primary': 0, 'psp-backup': 0, tax: 0, rates: 0, fraud: 0 },
    onError: (error) => expect.fail(String(error)),
  });
});
afterAll(async () => {
  await lab.close();
  await rm(dir, { recursive: true });
});
const control = () => `http://127.0.0.1:${lab.ports.control}`;

test('both providers know where to tell, and not every authorisation is told', async () => {
  await subscribeToWebhooks(control(), 'http://127.0.0.1:4002', newWebhookSecrets());
  for (const provider of ['psp-primary', 'psp-backup'])
    expect(await (await fetch(`${control()}/webhooks/${provider}`)).json()).toMatchObject({
      subscription: {
        url: `http://127.0.0.1:4002/v1/webhooks/${provider}`,
        events: ['authorization_undelivered', 'capture', 'refund', 'dispute'],
      },
    });
});

test('the secrets are ones the orders service takes, each of its own', () => {
  const environment = webhookEnvironment(newWebhookSecrets());
  const needed = { DATABASE_URL: 'postgres://a/b', SERVICE_TOKEN: 'x'.repeat(16) };
  expect(readConfig({ ...needed, ...environment })).toMatchObject(environment);
  expect(new Set(Object.values(environment)).size).toBe(2);
});

test('a lab that refuses is told of, not forgotten', async () => {
  const short = { 'psp-primary': 'short', 'psp-backup': 'short' };
  await expect(subscribeToWebhooks(control(), 'http://127.0.0.1:4002', short)).rejects.toThrow(
    'refused the webhooks of psp-primary: 422',
  );
});
