// The shape of a part's recipe: what to look for, how old it may be, and where it can be had. Data only.

export type PartName = 'postgres' | 'redis' | 'prometheus' | 'alertmanager' | 'k6' | 'toxiproxy';

export type Source =
  /** Binaries that the npm package ships for this platform. */
  | { readonly kind: 'npm'; readonly packageName: string }
  | {
      readonly kind: 'apt';
      readonly packageName: string;
      /** A directory compiled into a program, which our unpacked copy has to find elsewhere (see relocate.ts). */
      readonly compiledIn?: { readonly program: string; readonly directory: string };
    }
  | { readonly kind: 'brew'; readonly formula: string }
  /** `go install module@version`; `binary` is what the module calls its program. */
  | { readonly kind: 'go'; readonly module: string; readonly version: string; readonly binary: string };

export interface Part {
  readonly name: PartName;
  readonly title: string;
  /** Every one must come from the same place; the first is asked for its version. */
  readonly binaries: readonly [string, ...string[]];
  /** Other names the same program goes by, by our name for it. */
  readonly alsoCalled?: Readonly<Record<string, readonly string[]>>;
  readonly minimumVersion: string;
  readonly versionArguments: readonly string[];
  /** Variable that names a binary, or a directory that holds all of them. */
  readonly pathVariable: string;
  /** Variable with the URL of a server that already runs. */
  readonly urlVariable?: string;
  /** Parents of version directories (`<parent>/<version>/<below>`) that distributions keep off the PATH. */
  readonly versionedDirectories?: { readonly parent: string; readonly below: string };
  readonly sources: readonly Source[];
  readonly containerImage: string;
}

export interface FoundPart {
  readonly name: PartName;
  readonly version: string;
  /** For people: where it came from. */
  readonly origin: string;
  /** Absolute path of each binary of the recipe. */
  readonly binaries: Readonly<Record<string, string>>;
  /** What its processes need to run, e.g. where unpacked shared libraries are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Set when the user points at a server of their own: nothing is started, nothing is stopped. */
  readonly externalUrl?: string;
}
