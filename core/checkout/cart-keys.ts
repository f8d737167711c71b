// Idempotency keys of cart mutations: a network that sends twice must not put two articles into a cart.
//
//   claim the key → whatever the mutation needs → mutation and its answer in one transaction
//
// A caller that dies in between has changed nothing; whoever sends the key again later takes the claim over. A refusal
// changed nothing either, so its key is free again.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Database, Sql } from '../db/client.ts';
import { fingerprint, readIdempotencyKey } from '../http/idempotency.ts';
import { problem } from '../http/problem.ts';

// Longer than any cart call may take.
const staleAfterSeconds = 10;
/** A cart that nobody owns yet has no owner to tell keys apart by: only a key nobody else could think of is safe. */
const shortestKeyWithoutOwner = 16;

/** Runs `write` and answers with it; under a key both are one transaction. */
export type Commit = <R>(
  write: (db: Database) => Promise<R>,
  respond: (result: R) => Response,
) => Promise<Response>;

/** `work` without a key is just run: no statement more than it makes itself. */
export async function withCartKey(
  c: Context,
  db: Database,
  fields: Readonly<Record<string, unknown>>,
  work: (commit: Commit) => Promise<Response>,
): Promise<Response> {
  const read = readIdempotencyKey(c.req.header('idempotency-key'));
  if (read.kind === 'missing') return work(async (write, respond) => respond(await write(db)));
  if (read.kind === 'malformed') return badKey(c, read.reason);
  const { key } = read;
  const scope = `${c.req.method} ${c.req.path}`;
  if (c.req.param('id') === undefined && key.length < shortestKeyWithoutOwner)
    return badKey(
      c,
      `it is shorter than ${shortestKeyWithoutOwner} characters, so that others could use it too`,
    );

  const claim = await claimKey(db, { scope, key, fingerprint: fingerprint(scope, fields) });
  switch (claim.kind) {
    case 'key_reused':
      return problem(c, 422, 'key_reused', 'This Idempotency-Key came with another request before.');
    case 'in_flight':
      return inFlight(c);
    case 'replay':
      return c.body(JSON.stringify(claim.body), claim.status as ContentfulStatusCode, {
        'content-type': 'application/json',
        'idempotent-replayed': 'true',
      });
  }
  const { tries } = claim;
  try {
    return await work((write, respond) =>
      db.transaction('keyed cart mutation', async (tx) => {
        const response = respond(await write({ ...db, query: (_summary, run) => run(tx as unknown as Sql) }));
        if (!response.ok) return response;
        const body = (await response.clone().json()) as never;
        const finished = await tx`
          update checkout.cart_keys set status = ${response.status}, body = ${tx.json(body)}
          where scope = ${scope} and key = ${key} and tries = ${tries} and status is null returning 1`;
        // Taken over while this caller slept: the other's mutation stands, this one is rolled back.
        if (finished.length === 0) throw new Overtaken();
        return response;
      }),
    );
  } catch (error) {
    if (error instanceof Overtaken) return inFlight(c);
    throw error;
  } finally {
    await releaseKey(db, scope, key, tries);
  }
}

class Overtaken extends Error {}

const badKey = (c: Context, reason: string) =>
  problem(c, 400, 'key_malformed', 'The request is not valid.', { detail: `Idempotency-Key: ${reason}` });
const inFlight = (c: Context) =>
  problem(c, 409, 'in_flight', 'A request with this Idempotency-Key is still running.', {
    headers: { 'retry-after': '1' },
  });

type Claim =
  | { readonly kind: 'claimed'; readonly tries: number }
  | { readonly kind: 'replay'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'in_flight' | 'key_reused' };

interface KeyRow {
  readonly tries: number | null;
  readonly fingerprint: string | null;
  readonly status: number | null;
  readonly body: unknown;
}

async function claimKey(
  db: Database,
  wanted: { readonly scope: string; readonly key: string; readonly fingerprint: string },
): Promise<Claim> {
  const { scope, key } = wanted;
  const [row] = await db.query(
    'claim cart key',
    (sql) => sql<KeyRow[]>`
      with expired as (
        -- Two for each that comes: the table cannot outgrow its traffic.
        delete from checkout.cart_keys where ctid = any (array(
          select ctid from checkout.cart_keys where expires_at < now() and scope <> ${scope} limit 2 for update skip locked))
      ),
      claimed as (
        insert into checkout.cart_keys as k (scope, key, fingerprint) values (${scope}, ${key}, ${wanted.fingerprint})
        on conflict (scope, key) do update set tries = k.tries + 1, locked_at = clock_timestamp()
          where k.status is null and k.fingerprint = excluded.fingerprint
            and k.locked_at < clock_timestamp() - ${staleAfterSeconds}::int * interval '1 second'
        returning tries
      )
      select c.tries, k.fingerprint, k.status, k.body
      from (select 1) one
      left join claimed c on true
      left join checkout.cart_keys k on k.scope = ${scope} and k.key = ${key}`,
  );
  const { tries, fingerprint: known, status, body } = row!;
  if (tries !== null) return { kind: 'claimed', tries };
  // Committed by another a moment ago, after this statement began: the next try will see it.
  if (known === null) return { kind: 'in_flight' };
  if (known !== wanted.fingerprint) return { kind: 'key_reused' };
  return status === null ? { kind: 'in_flight' } : { kind: 'replay', status, body };
}

/** Only what was not finished: a mutation that was made keeps its key. */
async function releaseKey(db: Database, scope: string, key: string, tries: number): Promise<void> {
  await db.query(
    'release cart key',
    (sql) => sql`
      delete from checkout.cart_keys
      where scope = ${scope} and key = ${key} and tries = ${tries} and status is null`,
  );
}
