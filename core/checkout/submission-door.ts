// The door to what may be done once only: a cap on how many are inside, a key, a valid body; then the work.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { Config } from '../config.ts';
import { type Deadline, startDeadline } from '../http/deadline.ts';
import { readIdempotencyKey } from '../http/idempotency.ts';
import { createInFlightCap } from '../http/load-shedding.ts';
import { problemType } from '../http/problem.ts';
import { validateTyped } from '../http/validate.ts';
import { type Answer, answers } from './answers.ts';

export type Door = <S extends z.ZodType>(
  c: Context,
  schema: S,
  work: (key: string, request: z.output<S>, deadline: Deadline) => Promise<Answer>,
) => Promise<Answer>;

export function openDoor(config: Config): Door {
  const cap = createInFlightCap(config.MAX_IN_FLIGHT_SUBMISSIONS);
  return async (c, schema, work) => {
    const leave = cap.enter();
    if (leave === null) return answers.overloaded();
    try {
      const deadline = startDeadline(config.SUBMISSION_DEADLINE_MS);
      const key = readIdempotencyKey(c.req.header('idempotency-key'));
      if (key.kind === 'missing')
        return answers.invalid(400, 'key_missing', 'The Idempotency-Key header is required.');
      if (key.kind === 'malformed')
        return answers.invalid(400, 'key_malformed', `Idempotency-Key: ${key.reason}`);
      const request = validateTyped(schema, await c.req.text());
      if (request.kind === 'invalid') return answers.invalid(request.status, request.name, request.detail);
      return await work(key.key, request.value, deadline);
    } finally {
      leave();
    }
  };
}

export const respond = (c: Context, answer: Answer): Response =>
  c.body(JSON.stringify(answer.body), answer.status as ContentfulStatusCode, {
    'content-type': answer.status >= 400 ? problemType : 'application/json',
    ...answer.headers,
  });
