// Faults whose bad events count against an objective, hardest first: a milder one leaves room between the alert that is
// waited for and the louder ones that would silence it.
import type { SloId } from '../../alerts/slos.ts';
import { bothPspsDown } from '../../chaos/experiments/both-psps-down.ts';
import type { Experiment } from '../../chaos/experiments/experiment.ts';
import { slowPayments } from '../../chaos/experiments/slow-payments.ts';

export interface Spoiler {
  readonly experiment: Experiment;
  /** Share of an objective's events that go bad: at least, which decides when an alert comes, and at most, which others do. */
  readonly spoils: Partial<Record<SloId, { readonly least: number; readonly most: number }>>;
}

/** One submission in twenty five is sold out before it reaches a provider, and some are invalid. */
const reachPayment = 0.85;
/** A provider's own calls are all of its calls. */
const ownCalls = 0.95;

const slow = (share: number): Spoiler => ({
  experiment: slowPayments(share),
  spoils: {
    'checkout-latency': { least: share * reachPayment, most: share },
    'payment-latency-primary': { least: share * ownCalls, most: share },
  },
});

const down: Spoiler = {
  experiment: bothPspsDown,
  spoils: { 'checkout-availability': { least: reachPayment, most: 1 } },
};

const spoilers: readonly Spoiler[] = [down, ...[1, 0.5, 0.3, 0.2, 0.1].map(slow)];

export const spoilersOf = (steps: readonly SloId[]): readonly Spoiler[] =>
  spoilers.filter(({ spoils }) => steps.some((step) => spoils[step] !== undefined));
