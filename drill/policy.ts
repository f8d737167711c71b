// A release owner's policy: absolute objectives, ledgers and samples that the evidence has to show.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type SloId, slos } from '../alerts/slos.ts';
import { ledgerNames } from '../chaos/ledgers/rows.ts';
import type { Limits } from '../loadtests/gate/objectives.ts';
import { UsageError } from '../stack/usage-error.ts';

// The backup provider takes payments during a fault only, and a fault's seconds are not judged by objectives.
const sloIds = slos.map((slo) => slo.id).filter((id) => id !== 'payment-latency-backup') as [
  SloId,
  ...SloId[],
];
const share = z.number().gt(0).lt(1);

const policySchema = z.strictObject({
  version: z.literal(1),
  minimum_peak_orders_per_minute: z.number().positive().optional(),
  maximum_age_hours: z.number().positive().optional(),
  mode: z.enum(['any', 'default']).default('any'),
  objectives: z
    .strictObject({
      submission_p95_seconds: z.number().positive().max(60).optional(),
      submission_p99_seconds: z.number().positive().max(60).optional(),
      slos: z.partialRecord(z.enum(sloIds), share).optional(),
    })
    .default({}),
  minimum_samples: z.number().int().min(1).max(10_000_000).optional(),
  ledgers: z.array(z.enum(ledgerNames)).default([...ledgerNames]),
});
export type Policy = z.infer<typeof policySchema>;

export const defaultPolicyFile = join(import.meta.dirname, 'policies', 'default.yml');

export async function readPolicy(file: string): Promise<Policy> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: ${error.code === 'ENOENT' ? 'no such policy file' : error.message}`);
  });
  let value: unknown;
  try {
    // JSON is YAML too.
    value = parse(text);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new UsageError(`${file} is not a policy:\n${lines.join('\n')}`);
}

export const limitsOf = ({ objectives, minimum_samples }: Policy): Limits => ({
  submissionP95Seconds: objectives.submission_p95_seconds,
  submissionP99Seconds: objectives.submission_p99_seconds,
  objectives: objectives.slos,
  minimumSamples: minimum_samples,
});
