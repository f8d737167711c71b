// What lies below the shop: PostgreSQL, Redis, mail sink and provider lab, and a database that is ready for its three roles.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { databaseRoles, migrate } from '../core/db/migrate.ts';
import { seed } from '../core/db/seed.ts';
import { useExternalPostgres, useExternalRedis } from '../stack/external.ts';
import { type Parts, partNamed } from '../stack/parts.ts';
import { cacheDirectory } from '../stack/places.ts';
import { startPostgres } from '../stack/postgres.ts';
import { startRedis } from '../stack/redis.ts';
import type { Run } from '../stack/run.ts';
import { startLab } from '../stack/shop.ts';
import { openAppendLog } from '../chaos/append-log.ts';
import { startSmtpSink } from '../stack/smtp-sink.ts';

export async function startParts(
  run: Run,
  parts: Pick<Parts, 'postgres' | 'redis'>,
  ledgers: string,
  labFlags: readonly string[] = [],
) {
  mkdirSync(ledgers, { recursive: true });
  const mailboxFile = join(ledgers, 'mailbox.ndjson');
  const books = join(ledgers, 'books');
  mkdirSync(books, { recursive: true });
  const [postgres, redis, smtp, lab] = await Promise.all([
    parts.postgres.externalUrl === undefined
      ? startPostgres(run, parts.postgres, cacheDirectory())
      : useExternalPostgres(run, partNamed('postgres'), parts.postgres.externalUrl, databaseRoles),
    parts.redis.externalUrl === undefined
      ? startRedis(run, parts.redis)
      : useExternalRedis(run, partNamed('redis'), parts.redis.externalUrl),
    openAppendLog(mailboxFile).then(({ log }) => startSmtpSink(run, log)),
    startLab(run, books, labFlags),
  ]);
  return { postgres, redis, smtp, lab, mailboxFile };
}

/** Migrates and seeds; returns the passwords the roles were given. */
export async function prepareDatabase(ownerUrl: string): Promise<Readonly<Record<string, string>>> {
  const password = () => randomBytes(18).toString('base64url');
  const rolePasswords = {
    headroom_checkout: password(),
    headroom_orders: password(),
    headroom_workers: password(),
  };
  await migrate({ ownerUrl, rolePasswords });
  await seed({ ownerUrl });
  return rolePasswords;
}

export const newServiceToken = () => randomBytes(24).toString('base64url');

/** The same URL by way of another `host:port`. */
export function through(url: string, address: string): string {
  const proxied = new URL(url);
  proxied.host = address;
  return proxied.href;
}

/** `databaseUrl` with the name and password of each role in it. */
export function roleUrls(databaseUrl: string, passwords: Readonly<Record<string, string>>) {
  const urlOf = (service: string) => {
    const url = new URL(databaseUrl);
    url.username = `headroom_${service}`;
    url.password = passwords[url.username]!;
    return url.href;
  };
  return { checkout: urlOf('checkout'), orders: urlOf('orders'), workers: urlOf('workers') };
}
