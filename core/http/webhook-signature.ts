// Who sent a webhook, and when: HMAC over the time and the body, under a secret the sender and we share.
import { createHmac, timingSafeEqual } from 'node:crypto';

export const webhookSignatureHeader = 'headroom-signature';

// Stripe's tolerance. Longer, and a delivery that was overheard stays usable; shorter, and clocks have to agree.
const toleranceSeconds = 300;
// More than one while a secret is being changed.
const mostSignatures = 5;

const macOf = (secret: string, seconds: string, body: string) =>
  createHmac('sha256', secret).update(`${seconds}.${body}`).digest();

/** `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`. The comparison takes the same time wherever they differ. */
export function isSigned(
  secret: string,
  header: string | undefined,
  body: string,
  nowSeconds: number = Date.now() / 1000,
): boolean {
  const parts = (header ?? '').split(',').map((part) => part.trim());
  const seconds = parts.find((part) => part.startsWith('t='))?.slice(2) ?? '';
  if (!/^\d{1,12}$/.test(seconds)) return false;
  const wanted = macOf(secret, seconds, body);
  const sent = parts
    .filter((part) => /^v1=[0-9a-f]{64}$/.test(part))
    .slice(0, mostSignatures)
    .map((part) => Buffer.from(part.slice(3), 'hex'));
  const matches = sent.filter((mac) => timingSafeEqual(mac, wanted)).length > 0;
  return matches && Math.abs(nowSeconds - Number(seconds)) <= toleranceSeconds;
}
