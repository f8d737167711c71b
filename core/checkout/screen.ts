// Fraud screening, asked once before an order is placed or paid. The provider sees a reference and amounts, nobody's
// address; what it says is never told to the buyer.
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Screening as Noted } from '../contracts/orders-api.ts';
import type { Deadline } from '../http/deadline.ts';
import { fingerprint } from '../http/idempotency.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { fraudDecisions, fraudScreenings } from '../telemetry/metrics/fraud.ts';
import { checkoutDegraded } from '../telemetry/metrics/limits.ts';
import { type Screened, screenOrDegrade } from './fraud.ts';
import { createAsk } from './outside.ts';

export interface ToScreen {
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly country: string;
  readonly method: string;
  readonly token: string;
}

export type Screen = (order: ToScreen, deadline: Deadline) => Promise<Screened>;

const verdict = z.object({
  decision: z.enum(fraudDecisions),
  score: z.number().int().min(0).max(100),
});

export function createScreen(config: Config, instruments: Instruments): Screen {
  const ask = createAsk({
    url: `${config.FRAUD_URL}/v1/screen`,
    name: 'POST /v1/screen',
    timeoutMs: config.FRAUD_TIMEOUT_MS,
    schema: verdict,
  });
  return async (order, deadline) => {
    const screened = await screenOrDegrade(order, () => ask(order, deadline), config.FRAUD_BYPASS_MAX_MINOR);
    instruments.count(fraudScreenings, {
      decision: screened.decision,
      source: screened.degraded ? 'policy' : 'provider',
    });
    if (screened.degraded) instruments.count(checkoutDegraded, { dependency: 'fraud' });
    return screened;
  };
}

/**
 * Screens under a reference made of the submission's key: the same however often it is sent. The result is what the first
 * commit notes; nothing for an order that was simply accepted.
 */
export async function screenUnder(
  screen: Screen,
  { scope, key }: { readonly scope: string; readonly key: string },
  order: Omit<ToScreen, 'order'>,
  deadline: Deadline,
): Promise<{ fraud?: Noted }> {
  // The cart's id lets its owner in and stays here.
  const reference = `scr_${fingerprint('screening', { scope, key }).slice(0, 32)}`;
  const { decision, score } = await screen({ order: reference, ...order }, deadline);
  return decision === 'accept' ? {} : { fraud: { decision, score, reference } };
}
