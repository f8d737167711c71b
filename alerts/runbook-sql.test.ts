// Executes the SQL of the runbooks, and leaves on record that it did.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../core/db/test-database.ts';
import { provedByTest, recordProof } from '../drill/proof/record.ts';
import { runbookNames } from './generate.ts';
import { readRunbook, statementsIn } from './runbook-queries.ts';

const runbooks = [...runbookNames()].map((name) => {
  const text = readRunbook(name);
  return { name, text, statements: statementsIn(text), ran: [] as boolean[] };
});
const statements = runbooks.flatMap((runbook) =>
  runbook.statements.map((statement) => [runbook.name, statement, runbook] as const),
);

let server: TestServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
});
afterAll(async () => {
  await server?.stop();
  const whole = runbooks.filter(({ ran, statements: all }) => all.length > 0 && ran.length === all.length);
  await recordProof(
    'test of runbook SQL',
    whole.map(({ name, text, ran }) => provedByTest('runbook', name, text, ran, 'statements run')),
  );
});

describe('the SQL of the runbooks', () => {
  test('is there for those who look for rows', () => {
    expect(statements.length).toBeGreaterThan(10);
  });

  test.each(statements)('%s: %s', async (_name, statement, { ran }) => {
    const failed = await database.owner
      .begin('read only', (sql) => sql.unsafe(statement))
      .then(() => null, String);
    ran.push(failed === null);
    expect(failed).toBeNull();
  });

  test('a column that does not exist is refused', async () => {
    await expect(database.owner.unsafe('select charged_twice from orders.orders')).rejects.toThrow(
      'charged_twice',
    );
  });
});
