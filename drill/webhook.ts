// What Alertmanager tells: a webhook on 127.0.0.1 that records when each alert arrived, before it answers.
import { createServer } from 'node:http';
import { z } from 'zod';
import { openAppendLog } from '../chaos/append-log.ts';
import type { AlertDelivery } from './facts.ts';
import { closeServer, listenLoopback, readBody } from './loopback.ts';

const maxBodyBytes = 4 * 1024 * 1024;

// Alertmanager's webhook payload, version 4; only what is used.
const payload = z.object({
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
      startsAt: z.string(),
      fingerprint: z.string(),
    }),
  ),
});

export interface Webhook {
  readonly url: string;
  /** Everything that arrived so far, oldest first. */
  received(): readonly AlertDelivery[];
  close(): Promise<void>;
}

export async function startWebhook(path: string): Promise<Webhook> {
  const { log } = await openAppendLog<AlertDelivery>(path);
  const deliveries: AlertDelivery[] = [];
  const server = createServer((request, response) => {
    const received = Date.now();
    const record = async () => {
      const body = payload.safeParse(JSON.parse((await readBody(request, maxBodyBytes)).toString('utf8')));
      if (!body.success) return 400;
      const rows = body.data.alerts.map(
        (alert): AlertDelivery => ({
          received_ms: received,
          status: alert.status,
          fingerprint: alert.fingerprint,
          name: alert.labels.alertname ?? '',
          starts_ms: Date.parse(alert.startsAt),
          labels: alert.labels,
        }),
      );
      deliveries.push(...rows);
      await Promise.all(rows.map((row) => log.append(row)));
      return 200;
    };
    record().then(
      (status) => response.writeHead(status).end(),
      // Alertmanager retries what was not taken.
      () => response.writeHead(500).end(),
    );
  });
  const url = await listenLoopback(server);
  return {
    url,
    received: () => deliveries,
    async close() {
      await closeServer(server);
      await log.close();
    },
  };
}
