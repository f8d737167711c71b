// What an act of the aftermath is: something that happens to a shop on any day and to no ordinary drill. One file each in
// acts/, joined by the explicit list in acts.ts.
import type { EventOfActs } from '../../dashboards/events.ts';
import type { Scene } from './scene.ts';

export interface Act {
  /** The name of its file. */
  readonly name: string;
  /**
   * Beside the load: what is a handful of orders among thousands, bends no objective and wakes nobody; there is time for
   * what is only looked at every half minute. After the load: what refuses or fails calls on purpose.
   */
  readonly when: 'beside the load' | 'after the load';
  /** Its faults would bite the others' shoppers too: it has the shop to itself. */
  readonly alone?: true;
  /** What panels wait for; once it was played, one that has not moved is dead. */
  readonly makes: readonly EventOfActs[];
  /** Alerts that speak because of it; from anything else they must stay silent. */
  readonly wakes?: readonly string[];
  /** Undoes what it changes whatever happens; says what came of it, and throws when it did not. */
  play(scene: Scene): Promise<string>;
}
