import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../core/db/test-database.ts';
import { runbookDirectory, runbookNames } from './generate.ts';

const statements = [...runbookNames()].flatMap((name) => {
  const text = readFileSync(join(runbookDirectory, `${name}.md`), 'utf8');
  return [...text.matchAll(/`(select [^`]+)`/g)].map((match) => [name, match[1]!.replace(/;$/, '')] as const);
});

let server: TestServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
});
afterAll(() => server?.stop());

describe('the SQL of the runbooks', () => {
  test('is there for those who look for rows', () => {
    expect(statements.length).toBeGreaterThan(10);
  });

  test.each(statements)('%s: %s', async (_, statement) => {
    const read = database.owner.begin('read only', (sql) => sql.unsafe(statement));
    await expect(read).resolves.toBeDefined();
  });

  test('a column that does not exist is refused', async () => {
    await expect(database.owner.unsafe('select charged_twice from orders.orders')).rejects.toThrow(
      'charged_twice',
    );
  });
});
