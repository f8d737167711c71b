// Opaque ids. They are also what lets their owner in, so 128 random bits.
import { randomBytes } from 'node:crypto';

const opaque = (prefix: string) => `${prefix}_${randomBytes(16).toString('base64url')}`;

export const newCartId = () => opaque('cart');
export const newQuoteId = () => opaque('quote');
