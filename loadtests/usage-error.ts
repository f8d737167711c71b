// What the caller can put right: a file, a flag, a value. The command line turns the name into exit code 2.
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
