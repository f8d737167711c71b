// Takes every span and forgets it: exporting is part of what telemetry costs the shop, storing is not.
import { createServer } from 'node:http';
import type { Run } from '../../stack/run.ts';
import { closeServer, listenLoopback } from '../loopback.ts';

export async function startSpanSink(run: Run): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  const url = await listenLoopback(server);
  run.onStop(() => closeServer(server));
  return url;
}
