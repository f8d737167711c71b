// Toxiproxy stands between the shop and its PostgreSQL and Redis, so that experiments can slow and cut those wires.
import type { FoundPart, Part } from './part.ts';
import { onFreePort } from './ports.ts';
import { startProcess } from './process.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { answers } from './until.ts';

export const toxiproxy: Part = {
  name: 'toxiproxy',
  title: 'Toxiproxy',
  binaries: ['toxiproxy-server'],
  minimumVersion: '2.5',
  versionArguments: ['-version'],
  pathVariable: 'HEADROOM_TOXIPROXY',
  sources: [
    { kind: 'brew', formula: 'toxiproxy' },
    { kind: 'go', module: 'github.com/Shopify/toxiproxy/v2/cmd/server', version: 'v2.5.0', binary: 'server' },
  ],
  containerImage: 'ghcr.io/shopify/toxiproxy:2.5.0',
};

export interface RunningToxiproxy extends Running {
  /** `host:port` the shop is given instead of the part's own, by proxy name. */
  readonly proxies: Readonly<Record<string, string>>;
}

/** `upstreams`: `host:port` of the real part by proxy name. */
export async function startToxiproxy(
  run: Run,
  part: FoundPart,
  upstreams: Readonly<Record<string, string>>,
): Promise<RunningToxiproxy> {
  const running = await onFreePort((port) => {
    const url = `http://127.0.0.1:${port}`;
    return startProcess(run, {
      name: 'toxiproxy',
      command: part.binaries['toxiproxy-server']!,
      args: ['-host', '127.0.0.1', '-port', `${port}`],
      env: part.environment,
      url,
      version: part.version,
      ready: () => answers(`${url}/version`),
    });
  });
  return { ...running, proxies: await populate(running.url, upstreams) };
}

async function populate(api: string, upstreams: Readonly<Record<string, string>>) {
  const wanted = Object.entries(upstreams).map(([name, upstream]) => ({
    name,
    upstream,
    listen: '127.0.0.1:0', // it answers with the port it took
    enabled: true,
  }));
  const response = await fetch(`${api}/populate`, {
    method: 'POST',
    body: JSON.stringify(wanted),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok)
    throw new Error(`Toxiproxy refused its proxies: ${response.status} ${await response.text()}`);
  const { proxies } = (await response.json()) as { proxies: { name: string; listen: string }[] };
  return Object.fromEntries(proxies.map(({ name, listen }) => [name, listen]));
}
