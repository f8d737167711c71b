// What PostgreSQL says when transactions meet, told apart by SQLSTATE.
import postgres from 'postgres';

const deadlockDetected = '40P01';
const uniqueViolation = '23505';
const checkViolation = '23514';
const foreignKeyViolation = '23503';

/** Whether `error` is this unique index refusing a second row. */
export const brokeUniqueIndex = (error: unknown, index: string): boolean =>
  error instanceof postgres.PostgresError &&
  error.code === uniqueViolation &&
  error.constraint_name === index;

/** Whether `error` is this check refusing a row. */
export const brokeCheck = (error: unknown, check: string): boolean =>
  error instanceof postgres.PostgresError && error.code === checkViolation && error.constraint_name === check;

/** Whether `error` is this foreign key missing what a row points to. */
export const brokeForeignKey = (error: unknown, key: string): boolean =>
  error instanceof postgres.PostgresError &&
  error.code === foreignKeyViolation &&
  error.constraint_name === key;

/** Whether a row was refused for what it holds: it breaks a constraint (class 23) or is not what its column takes (22). */
export const badRow = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && /^2[23]/.test(error.code);

/**
 * Runs `work` again once when PostgreSQL chose it as the victim of a deadlock. Only for work that is one transaction:
 * the victim was rolled back whole. Lock order makes this rare; it must still not become a shopper's error.
 */
export async function retryDeadlock<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === deadlockDetected) return await work();
    throw error;
  }
}
