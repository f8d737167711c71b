// Where payment providers tell us what happened. Answered 2xx only when the effect is committed: until then the provider
// tries again, and that is the retry. What is known, overtaken or a stranger's is 2xx too, so that no provider tries for ever.
import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import {
  type AnyWebhook,
  anyWebhook,
  type ProviderWebhook,
  providerWebhook,
  webhookTypes,
} from '../contracts/provider-webhook.ts';
import type { Database } from '../db/client.ts';
import { problem } from '../http/problem.ts';
import { type Validated, validate } from '../http/validate.ts';
import { isSigned, webhookSignatureHeader } from '../http/webhook-signature.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import type { Log } from '../telemetry/log.ts';
import {
  type Provider,
  paymentWebhooks,
  providers,
  type webhookResults,
} from '../telemetry/metrics/payment.ts';
import { applyWebhook } from './webhook-effect.ts';
import { type HandledResult, markHandled, receive } from './webhook-inbox.ts';

// An event has some 400; what is longer is not one.
const maxBodyLength = 16 * 1024;

export interface WebhookDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  /** Absent: webhooks of that provider are not taken. */
  readonly secrets: Readonly<Partial<Record<Provider, string>>>;
}

export const webhookSecrets = (
  config: Pick<Config, 'PSP_PRIMARY_WEBHOOK_SECRET' | 'PSP_BACKUP_WEBHOOK_SECRET'>,
): WebhookDeps['secrets'] => ({
  ...(config.PSP_PRIMARY_WEBHOOK_SECRET && { 'psp-primary': config.PSP_PRIMARY_WEBHOOK_SECRET }),
  ...(config.PSP_BACKUP_WEBHOOK_SECRET && { 'psp-backup': config.PSP_BACKUP_WEBHOOK_SECRET }),
});

export function addWebhookRoutes(app: Hono, deps: WebhookDeps): void {
  app.post('/v1/webhooks/:provider', async (c) => {
    const provider = providers.find((name) => name === c.req.param('provider'));
    const secret = provider && deps.secrets[provider];
    if (provider === undefined || secret === undefined)
      return problem(c, 404, 'not_found', 'There is nothing here.');
    const count = (result: (typeof webhookResults)[number]) =>
      deps.instruments.count(paymentWebhooks, { provider, result });
    const text = await c.req.text();
    if (text.length > maxBodyLength)
      return problem(c, 413, 'body_too_large', `The body is longer than ${maxBodyLength} characters.`);
    if (!isSigned(secret, c.req.header(webhookSignatureHeader), text)) {
      count('bad_signature');
      return problem(c, 401, 'bad_signature', 'This is not signed as it must be.');
    }
    const read = readEvent(text);
    if (read.kind === 'invalid') {
      count('unreadable');
      deps.log.error('webhook.unreadable', { provider, reason: read.detail });
      return problem(c, read.status, read.name, 'The event is not readable.', { detail: read.detail });
    }
    try {
      const result = await handleOnce(deps, provider, read.event, read.webhook);
      count(result);
      return c.json({ result });
    } catch (error) {
      count('failed');
      throw error;
    }
  });
}

type ReadEvent =
  | { readonly kind: 'event'; readonly event: AnyWebhook; readonly webhook: ProviderWebhook | null }
  | Extract<Validated<AnyWebhook>, { kind: 'invalid' }>;

/** `webhook` is null for a kind of event that we have no use for. */
function readEvent(text: string): ReadEvent {
  const event = validate(anyWebhook, text);
  if (event.kind === 'invalid') return event;
  if (!webhookTypes.has(event.value.type)) return { kind: 'event', event: event.value, webhook: null };
  const webhook = validate(providerWebhook, text);
  return webhook.kind === 'invalid' ? webhook : { kind: 'event', event: event.value, webhook: webhook.value };
}

async function handleOnce(
  { db, instruments }: WebhookDeps,
  provider: Provider,
  event: AnyWebhook,
  webhook: ProviderWebhook | null,
): Promise<HandledResult> {
  if (await receive(db, provider, event)) return 'known';
  const result = webhook === null ? 'ignored' : await applyWebhook(db, instruments, webhook);
  await markHandled(db, provider, event, result);
  return result;
}
