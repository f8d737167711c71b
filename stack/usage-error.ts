// What the user can put right: a bad flag, a missing part, a taken port. The command prints the message and exits 2.
// Other rooms recognise it by name, because not every room may import this file.

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function isUsageError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'UsageError';
}
