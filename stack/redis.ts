// Redis: queues and nothing that may be lost silently, so it refuses writes when full instead of evicting, and appends to disk.
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { FoundPart, Part } from './part.ts';
import { onFreePort } from './ports.ts';
import { startProcess } from './process.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';

export const redis: Part = {
  name: 'redis',
  title: 'Redis',
  binaries: ['redis-server'],
  minimumVersion: '6.2',
  versionArguments: ['--version'],
  pathVariable: 'HEADROOM_REDIS',
  sources: [
    { kind: 'apt', packageName: 'redis-server' },
    { kind: 'brew', formula: 'redis' },
  ],
  containerImage: 'redis:7',
};

export function startRedis(run: Run, part: FoundPart): Promise<Running> {
  const directory = join(run.directory, 'redis');
  mkdirSync(directory, { recursive: true });
  return onFreePort((port) =>
    startProcess(run, {
      name: 'redis',
      command: part.binaries['redis-server']!,
      args: [
        ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory, '--daemonize', 'no'],
        // BullMQ requires noeviction: an evicted job is a lost mail.
        ...['--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--save', ''],
      ],
      env: part.environment,
      url: `redis://127.0.0.1:${port}`,
      version: part.version,
      ready: () => pongs(port),
    }),
  );
}

function pongs(port: number): Promise<true | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 1_000 });
    const finish = (answer: true | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => finish(data.toString().startsWith('+PONG') ? true : null));
    socket.once('error', () => finish(null));
    socket.once('timeout', () => finish(null));
  });
}
