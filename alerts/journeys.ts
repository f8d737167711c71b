// Objectives over a whole journey, composed of the objectives of its steps. Pure.
import type { SloId } from './slos.ts';

export interface Journey {
  readonly id: string;
  readonly title: string;
  readonly objective: number;
  readonly goodEvent: string;
  readonly alertName: string;
  /** Objectives whose shares of bad events are added up. Of calls: nobody counts walks, and one makes several cart calls. */
  readonly steps: readonly SloId[];
}

export const journeys = [
  {
    id: 'checkout-journey',
    title: 'Checkout journey',
    // Stricter than its steps together (their budgets add up to 3.6 %): it speaks when several steps are each only a
    // little bad, which no step's own alert would notice.
    objective: 0.98,
    goodEvent: 'call that was good at its step; the bad shares of the steps are added up',
    alertName: 'CheckoutJourneyBurn',
    // Not payment authorisation: an attempt that failed over to the other provider spoiled nothing.
    steps: ['cart', 'quote', 'checkout-availability', 'checkout-latency', 'order-creation'],
  },
] as const satisfies readonly Journey[];

export type JourneyId = (typeof journeys)[number]['id'];
