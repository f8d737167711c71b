// The provider lab for tests, as the process it is: real servers with real books, faults set through its control API.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Config, readConfig } from '../config.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';

const port = z.number().int().positive();
const readyLine = z.object({
  control: port,
  'psp-primary': port,
  'psp-backup': port,
  tax: port,
  rates: port,
  fraud: port,
});

type Operation = 'authorize' | 'capture' | 'refund' | 'query' | 'void' | 'quote' | 'screen' | 'any';
type Position = 'before' | 'after' | 'late' | 'slow' | 'error';

export interface BookedCharge {
  readonly id: string;
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly status: string;
  readonly captured_minor: number;
  readonly refunded_minor: number;
}

export interface TestLab {
  /** Base URL of a provider, or of the control API. */
  url(name: Provider | 'control'): string;
  /** Configuration that leads to the lab. */
  config(env?: Readonly<Record<string, string>>): Config;
  /** Every call of that operation is bitten until heal(). */
  fault(
    provider: Provider | 'tax' | 'rates' | 'fraud',
    operation: Operation,
    position: Position,
    delayMs?: number,
  ): Promise<void>;
  heal(): Promise<void>;
  charges(provider: Provider): Promise<readonly BookedCharge[]>;
  /** A charge made past the shop. */
  authorize(
    provider: Provider,
    charge: Pick<BookedCharge, 'reference' | 'order' | 'amount_minor'>,
  ): Promise<void>;
  /** What was accepted and is not yet made. */
  latePending(): Promise<number>;
  /** Everything the lab knows, as text: to look for what must not be there. */
  everything(): Promise<string>;
  close(): Promise<void>;
}

export async function startTestLab(): Promise<TestLab> {
  const dir = await mkdtemp(join(tmpdir(), 'headroom-lab-'));
  const lab = spawn(
    process.execPath,
    ['--import', 'tsx', 'chaos/lab/main.ts', '--dir', dir, '--base-latency-ms', '1'],
    { cwd: join(import.meta.dirname, '..', '..'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const gone = once(lab, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: lab.stdout }), 'line'),
    gone.then(([code]) => Promise.reject(new Error(`the lab ended with ${code} before it was ready`))),
  ]);
  const ports = readyLine.parse(JSON.parse(line[0] as string));
  const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
  const live = new Set<string>();
  const books = async (provider: Provider) => {
    const answer = await fetch(`${url('control')}/books/${provider}`);
    return (await answer.json()) as { charges: BookedCharge[] };
  };
  return {
    url,
    config: (env = {}) =>
      readConfig({
        DATABASE_URL: 'postgres://127.0.0.1:1/none',
        SERVICE_TOKEN: 'a-token-for-tests-only',
        PSP_PRIMARY_URL: url('psp-primary'),
        PSP_BACKUP_URL: url('psp-backup'),
        TAX_URL: url('tax'),
        RATES_URL: url('rates'),
        FRAUD_URL: url('fraud'),
        LOG_LEVEL: 'error',
        // A machine that is busy with other tests is late, and these are not about that.
        SHED_LAG_MS: '600000',
        ...env,
      }),
    async fault(provider, operation, position, delayMs = 0) {
      const id = `${provider}-${operation}`;
      live.add(id);
      const mix = [{ position, share: 1, delay_ms: delayMs }];
      const answer = await fetch(`${url('control')}/faults/${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ provider, operation, mix, seed: 1, lease_ms: 60_000 }),
      });
      if (!answer.ok) throw new Error(`the lab refused the fault: ${await answer.text()}`);
    },
    async heal() {
      for (const id of live) await fetch(`${url('control')}/faults/${id}`, { method: 'DELETE' });
      live.clear();
    },
    charges: async (provider) => (await books(provider)).charges,
    async authorize(provider, charge) {
      const answer = await fetch(`${url(provider)}/v1/authorizations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': charge.reference },
        body: JSON.stringify({ ...charge, currency: 'GBP', method: 'card', token: 'tok_ok_1' }),
      });
      if (answer.status !== 201) throw new Error(`the lab refused the charge: ${await answer.text()}`);
    },
    async latePending() {
      const faults = (await (await fetch(`${url('control')}/faults`)).json()) as { late_pending: number }[];
      return faults.reduce((sum, fault) => sum + fault.late_pending, 0);
    },
    everything: async () => JSON.stringify([await books('psp-primary'), await books('psp-backup')]),
    async close() {
      lab.kill('SIGTERM');
      await gone;
      await rm(dir, { recursive: true });
    },
  };
}
