// The providers' webhooks, asked for once the shop has a door for them: the lab is told where it is and how to sign.
import { randomBytes } from 'node:crypto';

const secretVariables = {
  'psp-primary': 'PSP_PRIMARY_WEBHOOK_SECRET',
  'psp-backup': 'PSP_BACKUP_WEBHOOK_SECRET',
} as const;
type Provider = keyof typeof secretVariables;
const providers = Object.keys(secretVariables) as readonly Provider[];

export type WebhookSecrets = Readonly<Record<Provider, string>>;

export function newWebhookSecrets(): WebhookSecrets {
  const secret = () => randomBytes(24).toString('base64url');
  return { 'psp-primary': secret(), 'psp-backup': secret() };
}

/** What the orders service reads. */
export const webhookEnvironment = (secrets: WebhookSecrets): Record<string, string> =>
  Object.fromEntries(providers.map((provider) => [secretVariables[provider], secrets[provider]]));

// Not every authorisation: its answer tells it, and a shop at its peak need not hear everything twice.
const events = ['authorization_undelivered', 'capture', 'refund', 'dispute'] as const;
// Above the shop's 2 s payment timeout: whoever waits for a lost answer has given up by then.
const delayMs = 3_000;
const askLimitMs = 5_000;

export async function subscribeToWebhooks(
  labControlUrl: string,
  ordersUrl: string,
  secrets: WebhookSecrets,
): Promise<void> {
  for (const provider of providers) {
    const subscription = { url: `${ordersUrl}/v1/webhooks/${provider}`, secret: secrets[provider], events };
    const response = await fetch(`${labControlUrl}/webhooks/${provider}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...subscription, delay_ms: delayMs }),
      signal: AbortSignal.timeout(askLimitMs),
    });
    if (!response.ok)
      throw new Error(
        `the provider lab refused the webhooks of ${provider}: ${response.status} ${await response.text()}`,
      );
  }
}
