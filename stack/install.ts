// Getting a part that is not on the machine, from one source of its recipe into the cache.
import { aptSource } from './install-apt.ts';
import { brewSource } from './install-brew.ts';
import { goSource } from './install-go.ts';
import { npmSource } from './install-npm.ts';
import type { Part, Source } from './part.ts';
import type { Progress } from './progress.ts';

export interface InstallContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** `unavailable`: this source does not exist on this machine; `failed`: it does and did not deliver. */
export type InstallOutcome =
  | { readonly kind: 'installed' }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export function install(part: Part, source: Source, context: InstallContext): Promise<InstallOutcome> {
  switch (source.kind) {
    case 'npm':
      return npmSource(part, source, context);
    case 'apt':
      return aptSource(part, source, context);
    case 'brew':
      return brewSource(part, source, context);
    case 'go':
      return goSource(part, source, context);
  }
}

/** The same sources as advice to a person. */
export function adviceFor(source: Source): string {
  switch (source.kind) {
    case 'npm':
      return `npm ci (brings ${source.packageName} for this platform)`;
    case 'apt':
      return `apt-get install ${source.packageName}`;
    case 'brew':
      return `brew install ${source.formula}`;
    case 'go':
      return `go install ${source.module}@${source.version}`;
  }
}
