// What a provider tells of by webhook: an entry of its books, in the words of its API.
import type { Charge, Entry } from './entries.ts';

export const webhookTopics = [
  'authorization',
  /** Only those whose answer never reached the shop. */
  'authorization_undelivered',
  'void',
  'capture',
  'refund',
  'dispute',
] as const;
export type WebhookTopic = (typeof webhookTopics)[number];

export interface WebhookEvent {
  readonly topics: readonly WebhookTopic[];
  readonly body: {
    /** The same for every delivery of the event, also after a restart: it is the entry's number. */
    readonly id: string;
    readonly type: string;
    readonly created_ms: number;
    readonly data: Readonly<Record<string, string | number>>;
  };
}

const dataOf = ({ id, reference, order, currency }: Charge, more: Record<string, string | number>) => ({
  ...{ charge_id: id, reference, order, currency },
  ...more,
});

/** null: nobody is told of this entry. */
export function webhookEvent(entry: Entry, charge: Charge | null, answered: boolean): WebhookEvent | null {
  if (charge === null) return null;
  const event = (
    topics: readonly WebhookTopic[],
    type: string,
    created_ms: number,
    more: Record<string, string | number>,
  ): WebhookEvent => ({
    topics,
    body: { id: `evt_${entry.seq}`, type, created_ms, data: dataOf(charge, more) },
  });
  const { amount_minor } = charge;
  switch (entry.kind) {
    case 'charge':
    case 'state': {
      const at_ms = entry.kind === 'charge' ? entry.created_ms : entry.at_ms;
      const undelivered = answered ? [] : (['authorization_undelivered'] as const);
      const topics =
        entry.status === 'voided' ? (['void'] as const) : ['authorization' as const, ...undelivered];
      const reason = charge.decline_code === null ? {} : { decline_code: charge.decline_code };
      return event(topics, `authorization.${entry.status}`, at_ms, { amount_minor, ...reason });
    }
    case 'operation': {
      const type = entry.operation === 'capture' ? 'capture.succeeded' : 'refund.succeeded';
      const money = { amount_minor: entry.amount_minor, operation_id: entry.key };
      return event([entry.operation], type, entry.at_ms, { ...money, provider_operation_id: entry.id });
    }
    case 'dispute': {
      const money = { amount_minor: entry.amount_minor, dispute_id: entry.id };
      const back = entry.returned_minor > 0 ? { returned_minor: entry.returned_minor } : {};
      return event(['dispute'], `dispute.${entry.dispute}`, entry.at_ms, { ...money, ...back });
    }
    default:
      return null;
  }
}
