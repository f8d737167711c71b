// What a proof of a cause is told by, whichever of the shapes it has.
import type { CauseAlert } from '../causes/cause.ts';
import { causeIntervalSeconds, slowCauseIntervalSeconds } from '../rules.ts';
import type { RangeEdge } from './counters.ts';
import { type EventStory, eventCases } from './event-proof.ts';
import { type GaugeStory, gaugeCases } from './gauge-proof.ts';
import { type ShareStory, shareCases } from './share-proof.ts';
import type { ProofCase } from './suite.ts';
import { type UnheardStory, unheardCases } from './unheard-proof.ts';

export type Cases = (cause: CauseAlert, edge: RangeEdge) => ProofCase[];

/** One of two processes that emit the same. */
export const by = (instance: string) => [`instance="${instance}"`];

const stepOf = ({ slow }: CauseAlert) => (slow ? slowCauseIntervalSeconds : causeIntervalSeconds);

export const gauge =
  (story: Omit<GaugeStory, 'name' | 'forSeconds' | 'stepSeconds'> & { stepSeconds?: number }): Cases =>
  (cause, edge) =>
    gaugeCases(
      { stepSeconds: stepOf(cause), ...story, name: cause.name, forSeconds: cause.forSeconds },
      edge,
    );

export const share =
  (story: Omit<ShareStory, 'name'>): Cases =>
  ({ name }, edge) =>
    shareCases({ ...story, name }, edge);

export const unheard =
  (story: Omit<UnheardStory, 'name' | 'forSeconds'>): Cases =>
  ({ name, forSeconds }, edge) =>
    unheardCases({ ...story, name, forSeconds }, edge);

export const event =
  (story: Omit<EventStory, 'name'>): Cases =>
  ({ name }, edge) =>
    eventCases({ ...story, name }, edge);
