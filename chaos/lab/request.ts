// What every door of a payment provider checks the same way.
import type { Context } from 'hono';
import type { z } from 'zod';

const longestKey = 255;

export function idempotencyKey(c: Context): string | null {
  const key = c.req.header('Idempotency-Key');
  return key === undefined || key === '' || key.length > longestKey ? null : key;
}

/** The body of a 422: which fields, never what was in them. */
export const invalid = (error: z.ZodError) => ({
  error: 'invalid_request',
  fields: error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
});
