// Where a processor's time went, by room of ours and by package: a profile as V8 writes it, summed up. Pure.

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/**
 * Share of each place, waiting left out. Shares and not times: the profiler's clock runs on while other processes have the
 * core, the kernel's account of a process does not.
 */
export function shareByPlace(profile: CpuProfile, root: string): Map<string, number> {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame, root)]));
  const sums = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((node, at) => {
    const place = places.get(node);
    if (place === undefined || place === null) return;
    const time = profile.timeDeltas[at] ?? 0;
    sums.set(place, (sums.get(place) ?? 0) + time);
    total += time;
  });
  return new Map([...sums].map(([place, time]) => [place, time / total]));
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** The room or package a function belongs to; null for waiting. */
export function placeOf({ functionName, url }: Frame, root: string): string | null {
  if (functionName === '(idle)') return null;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)' || functionName === '(root)') return 'native code and system calls';
  const path = url.replace(/^file:\/\//, '');
  const inPackage = path.lastIndexOf('/node_modules/');
  if (inPackage !== -1) {
    const [first = '', second = ''] = path.slice(inPackage + '/node_modules/'.length).split('/');
    return first.startsWith('@') ? `${first}/${second}` : first;
  }
  if (path.startsWith(`${root}/`)) {
    const rooms = path.slice(root.length + 1).split('/');
    return rooms.length > 2 ? `${rooms[0]}/${rooms[1]}` : rooms[0]!;
  }
  if (url.startsWith('node:')) return 'node itself';
  // JSON, Map and RegExp have no file, nor has what Node does in C++.
  return 'built-in functions';
}
