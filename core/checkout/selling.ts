// What taking an order or its payment needs.
import type { Database } from '../db/client.ts';
import type { Gateway } from '../payment/gateway.ts';
import type { Switches } from '../switches/switches.ts';
import type { Log } from '../telemetry/log.ts';
import type { OrdersClient } from './orders-client.ts';
import type { Screen } from './screen.ts';
import type { RunStep } from './step.ts';

export interface Selling {
  readonly db: Database;
  readonly log: Log;
  readonly gateway: Gateway;
  readonly orders: OrdersClient;
  readonly screen: Screen;
  readonly step: RunStep;
  readonly switches: Switches;
  readonly closeCart: (cartId: string) => Promise<void>;
}

/** The answer stored with a key; null when there is none to be had. */
export type Replayed = { readonly status: number; readonly body: unknown } | null;
