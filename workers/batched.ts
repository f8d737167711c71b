// Many callers, one statement: calls that arrive while one is under way are made together when it is back. The first
// goes at once, so nobody waits for company, and a lone caller pays nothing.
import { context, ROOT_CONTEXT } from '@opentelemetry/api';

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `work` must be all or nothing, and safe to repeat: when it fails, everybody in the batch hears the same error. Up to
 * `atOnce` run side by side, each but the first with a full batch: a commit is mostly waiting for the disk, and who waits
 * for a full one would wait for nothing.
 */
export function batched<T>(
  { limit, atOnce = 1 }: { readonly limit: number; readonly atOnce?: number },
  work: (items: readonly T[]) => Promise<unknown>,
): (item: T) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let running = 0;
  const next = () => waiting.length >= limit || (running === 1 && waiting.length > 0);
  const run = async () => {
    running += 1;
    while (next()) {
      const batch = waiting.splice(0, limit);
      try {
        await work(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running -= 1;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // Whose turn it is, is chance: the batch's span is no part of the first caller's trace.
      if (running === 0 || (running < atOnce && waiting.length >= limit))
        void context.with(ROOT_CONTEXT, run);
    });
}
