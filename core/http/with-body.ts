// A request's body as its contract says, or the answer that says what is wrong with it.
import type { Context } from 'hono';
import type { z } from 'zod';
import { problem } from './problem.ts';
import { validate } from './validate.ts';

export async function withBody<S extends z.ZodType>(
  c: Context,
  schema: S,
  work: (body: z.output<S>) => Promise<Response>,
): Promise<Response> {
  const read = validate(schema, await c.req.text());
  if (read.kind === 'invalid')
    return problem(c, read.status, read.name, 'The request is not usable.', { detail: read.detail });
  return work(read.value);
}
