// The charge behind an order, and what its provider says and does about it.
import { z } from 'zod';
import type { Provider } from '../../core/telemetry/metrics/payment.ts';
import type { Scene } from './scene.ts';
import { asOwner } from './time-passes.ts';

export interface Charge {
  readonly provider: Provider;
  /** Our attempt, which the provider knows as its reference. */
  readonly reference: string;
  readonly charge_id: string;
}

export async function chargeOf(scene: Scene, orderId: string): Promise<Charge> {
  const [charge] = await asOwner(
    scene,
    (sql) => sql<Charge[]>`
      select provider, id as reference, provider_reference as charge_id from orders.payment_attempts
      where order_id = ${orderId} and state = 'approved'`,
  );
  if (charge === undefined) throw new Error(`order ${orderId} has no approved attempt`);
  return charge;
}

const callLimitMs = 5_000;

async function call(url: string, method: 'GET' | 'POST', body?: object): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(callLimitMs),
  });
  if (!answer.ok)
    throw new Error(
      `${method} ${new URL(url).pathname} of the lab answered ${answer.status}: ${await answer.text()}`,
    );
  return answer.json();
}

const dispute = z.object({ id: z.string(), amount_minor: z.number().int() });

/** The next step of a dispute, by the buyer's bank. Whoever is subscribed is told by webhook. */
export const disputed = async (
  { booted }: Scene,
  { provider, reference }: Charge,
  kind: 'notice' | 'lost' | 'won',
): Promise<z.infer<typeof dispute>> =>
  dispute.parse(await call(`${booted.lab.url}/disputes/${provider}`, 'POST', { reference, kind }));

const settled = z.object({ files: z.array(z.object({ id: z.string() })) });

/** Closes what moved since the last closing; none when nothing moved. */
export const settle = async ({ booted }: Scene, provider: Provider): Promise<readonly { id: string }[]> =>
  settled.parse(await call(`${booted.lab.url}/settlements/${provider}`, 'POST', {})).files;

const found = z.object({ data: z.array(z.object({ status: z.string() })) });

export async function statusAt({ booted }: Scene, { provider, reference }: Charge): Promise<string | null> {
  const { pspPrimary, pspBackup } = booted.lab.providerUrls;
  const base = provider === 'psp-primary' ? pspPrimary : pspBackup;
  const url = `${base}/v1/authorizations?reference=${encodeURIComponent(reference)}`;
  return found.parse(await call(url, 'GET')).data[0]?.status ?? null;
}
