// Kill switches over the internal API of the orders service, behind its service token.
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { switchValues, turnOffSwitch, turnOnSwitch } from '../contracts/switches-api.ts';
import type { Database } from '../db/client.ts';
import { problem } from '../http/problem.ts';
import { validateTyped } from '../http/validate.ts';
import type { Log } from '../telemetry/log.ts';
import { listSwitches, readLog, turnOff, turnOn } from './store.ts';
import type { Dimension } from './switch.ts';

const at = '/internal/v1/switches';
const isDimension = (text: string): text is Dimension => Object.hasOwn(switchValues, text);

export function switchRoutes(app: Hono, { db, log }: { db: Database; log: Log }): void {
  app.get(at, async (c) => c.json({ switches: await listSwitches(db) }));
  app.get(`${at}/log`, async (c) => c.json({ log: await readLog(db) }));

  app.put(`${at}/:dimension/:value`, (c) =>
    withSwitch(c, turnOnSwitch, async (named, { mode, for_seconds, ...change }) => {
      await turnOn(db, { ...named, ...change }, mode, for_seconds);
      log.warn('switch.turned_on', { ...named, mode, for_seconds });
      return c.json({ switches: await listSwitches(db) });
    }),
  );
  app.delete(`${at}/:dimension/:value`, (c) =>
    withSwitch(c, turnOffSwitch, async (named, change) => {
      if (!(await turnOff(db, { ...named, ...change })))
        return problem(c, 409, 'switch_not_on', 'This switch is not on.');
      log.warn('switch.turned_off', { ...named });
      return c.json({ switches: await listSwitches(db) });
    }),
  );
}

async function withSwitch<S extends z.ZodType>(
  c: Context,
  schema: S,
  work: (named: { dimension: Dimension; value: string }, body: z.output<S>) => Promise<Response>,
): Promise<Response> {
  const dimension = c.req.param('dimension')!;
  if (!isDimension(dimension))
    return unusable(c, `dimension: one of ${Object.keys(switchValues).join(', ')}`);
  const value = switchValues[dimension].safeParse(c.req.param('value'));
  if (!value.success) return unusable(c, `${dimension}: ${value.error.issues[0]!.message}`);
  const body = validateTyped(schema, await c.req.text());
  if (body.kind === 'invalid') return unusable(c, body.detail);
  return work({ dimension, value: value.data }, body.value);
}

const unusable = (c: Context, detail: string) =>
  problem(c, 422, 'invalid', 'The switch is not usable.', { detail });
