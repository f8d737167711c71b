// Checkout and orders know each other by a shared secret; the comparison takes the same time whatever was sent.
import { createHash, timingSafeEqual } from 'node:crypto';

export const serviceTokenHeader = 'x-service-token';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * A check of sent tokens against `expected`. Hashed first: timingSafeEqual wants equal lengths, and the length of the
 * secret is nobody's business either.
 */
export function serviceTokenCheck(expected: string): (sent: string | undefined) => boolean {
  const wanted = digest(expected);
  return (sent) => sent !== undefined && timingSafeEqual(digest(sent), wanted);
}
