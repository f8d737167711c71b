// What a provider's answer to an authorisation means for the buyer's money.
import { z } from 'zod';
import type { CallResult } from '../http/client.ts';
import type { Psp } from './psp.ts';

export type Authorization =
  | { readonly kind: 'approved'; readonly reference: string }
  | { readonly kind: 'declined'; readonly reference?: string; readonly reason: string }
  /** The provider waits for the buyer to agree at its page; nothing is held yet. */
  | { readonly kind: 'action_required'; readonly reference: string; readonly url: string }
  /** Sent, and no answer that decides: it may have been executed, or may still be. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly retry: boolean }
  /** Proven: no connection, refused by our own breaker, or the provider's word for it. */
  | { readonly kind: 'not_executed'; readonly reason: string };

// An allow-list: a status we do not know is not success, and not failure either.
const decision = z.object({
  id: z.string().max(120),
  status: z.enum(['approved', 'declined']),
  decline_code: z.string().max(80).optional(),
});

// Only the provider's own page, and never a script: the shopper's browser is sent there.
const action = z.object({ id: z.string().max(120), redirect_url: z.url({ protocol: /^https?$/ }).max(500) });

/** What an answer means under the provider's contract. */
export function interpret(psp: Psp, result: CallResult): Authorization {
  if (result.kind === 'not_sent') return { kind: 'not_executed', reason: result.reason };
  // No retry after a timeout: the shopper has waited long enough, and reconciliation will ask.
  if (result.kind === 'no_answer')
    return { kind: 'unknown', reason: result.reason, retry: result.reason === 'connection_lost' };
  if (psp.notExecuted.includes(result.status))
    return { kind: 'not_executed', reason: 'provider_unavailable' };
  const error = (result.body as { error?: unknown } | null)?.error;
  // Voided by reconciliation, whose event says how the order ends; it may not be here yet.
  if (error === psp.keyReused || error === psp.referenceVoided)
    return { kind: 'unknown', reason: error as string, retry: false };
  if (psp.refused.includes(result.status)) return { kind: 'declined', reason: 'refused_by_provider' };
  const asked = result.status === 202 ? action.safeParse(result.body) : null;
  if (asked?.success)
    return { kind: 'action_required', reference: asked.data.id, url: asked.data.redirect_url };
  const decided = decision.safeParse(result.body);
  if (result.status !== 201 || !decided.success)
    return { kind: 'unknown', reason: `status_${result.status}`, retry: result.status >= 500 };
  const { id, status, decline_code } = decided.data;
  return status === 'approved'
    ? { kind: 'approved', reference: id }
    : { kind: 'declined', reference: id, reason: decline_code ?? 'declined' };
}
