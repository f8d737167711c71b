// What a provider tells by webhook, told by hand: when it is to come in another order than the lab would.
import { createHmac } from 'node:crypto';
import { webhookSignatureHeader } from '../../core/http/webhook-signature.ts';
import { subscribeToWebhooks } from '../../stack/webhooks.ts';
import type { Charge } from './charge.ts';
import type { Scene } from './scene.ts';

const callLimitMs = 5_000;

/** As providers sign: over the time and the body. */
export function signature(secret: string, body: string): string {
  const seconds = `${Math.floor(Date.now() / 1_000)}`;
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Meanwhile the provider tells nobody anything; afterwards it tells as before. */
export async function untold<T>(
  { booted, diary }: Scene,
  { provider }: Pick<Charge, 'provider'>,
  work: () => Promise<T>,
): Promise<T> {
  const { lab, shop } = booted;
  await diary.note({ aftermath: `${provider} tells nobody, until it is subscribed to again` });
  try {
    await fetch(`${lab.url}/webhooks/${provider}`, {
      method: 'DELETE',
      signal: AbortSignal.timeout(callLimitMs),
    });
    return await work();
  } finally {
    await subscribeToWebhooks(lab.url, shop.orders.url, shop.webhookSecrets);
  }
}

export interface DisputeNews {
  readonly kind: 'notice' | 'lost';
  readonly order: string;
  readonly dispute_id: string;
  readonly amount_minor: number;
}

/** One delivery; under the same id however often it is told. */
export async function tellByWebhook(
  { booted }: Scene,
  { provider, reference, charge_id }: Charge,
  { kind, ...news }: DisputeNews,
): Promise<void> {
  const body = JSON.stringify({
    ...{ id: `evt_aftermath_${kind}`, type: `dispute.${kind}`, created_ms: Date.now() },
    data: { charge_id, reference, currency: 'GBP', ...news },
  });
  const answer = await fetch(`${booted.shop.orders.url}/v1/webhooks/${provider}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [webhookSignatureHeader]: signature(booted.shop.webhookSecrets[provider], body),
    },
    body,
    signal: AbortSignal.timeout(callLimitMs),
  });
  if (!answer.ok) throw new Error(`the webhook dispute.${kind} was answered ${answer.status}`);
}
