// The switches of a running shop, asked and changed over its internal API.
import type { SwitchList, turnOffSwitch, turnOnSwitch } from '../contracts/switches-api.ts';
import type { z } from 'zod';
import { type Call, call } from '../http/client.ts';
import type { ProblemBody } from '../http/problem.ts';
import { serviceTokenHeader } from '../http/service-token.ts';
import type { Dimension } from './switch.ts';

const timeoutMs = 10_000;

export interface Named {
  readonly dimension: Dimension;
  readonly value: string;
}
export type Told =
  | { readonly kind: 'switches'; readonly list: SwitchList }
  /** Its answer is that this cannot be. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Whether it was changed is not known. */
  | { readonly kind: 'no_answer'; readonly reason: string };

export interface SwitchesClient {
  list(): Promise<Told>;
  turnOn(named: Named, body: z.input<typeof turnOnSwitch>): Promise<Told>;
  turnOff(named: Named, body: z.input<typeof turnOffSwitch>): Promise<Told>;
}

export function createSwitchesClient(ordersUrl: string, serviceToken: string): SwitchesClient {
  const base = `${ordersUrl}/internal/v1/switches`;
  async function ask(method: Call['method'], path: string, body?: unknown): Promise<Told> {
    const result = await call({
      method,
      url: `${base}${path}`,
      headers: { [serviceTokenHeader]: serviceToken },
      timeoutMs,
      name: `${method} /internal/v1/switches`,
      ...(body === undefined ? {} : { body }),
    });
    if (result.kind !== 'answer') return { kind: 'no_answer', reason: result.reason };
    if (result.status === 200) return { kind: 'switches', list: result.body as SwitchList };
    const { title, detail } = (result.body ?? {}) as Partial<ProblemBody>;
    if (result.status >= 500) return { kind: 'no_answer', reason: title ?? `status ${result.status}` };
    return { kind: 'refused', detail: detail ?? title ?? `status ${result.status}` };
  }
  const pathOf = ({ dimension, value }: Named) => `/${dimension}/${encodeURIComponent(value)}`;
  return {
    list: () => ask('GET', ''),
    turnOn: (named, body) => ask('PUT', pathOf(named), body),
    turnOff: (named, body) => ask('DELETE', pathOf(named), body),
  };
}
