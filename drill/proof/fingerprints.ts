// Which version of a rule, a query or a runbook was proven: hashes of what it says, not of when it was written.
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AlertRule } from '../../alerts/alert.ts';
import { groupsFor, proofName } from '../../alerts/proofs/suite.ts';
import { ruleGroupDocuments } from '../../alerts/render.ts';
import { alertRules, type RuleGroup, ruleGroups } from '../../alerts/rules.ts';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const texts = z.record(z.string(), z.string());
const ruleFile = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      interval: z.string(),
      rules: z.array(
        z.union([
          z.object({
            alert: z.string(),
            expr: z.string(),
            for: z.string(),
            keep_firing_for: z.string().optional(),
            labels: texts,
            annotations: texts,
          }),
          z.object({ record: z.string(), expr: z.string(), labels: texts }),
        ]),
      ),
    }),
  ),
});

let current: Map<string, string> | undefined;

/** Alert → hash of its rule and of every recording that it reads, as they are now. */
export function fingerprintsNow(): Map<string, string> {
  current ??= alertFingerprints(ruleGroups());
  return current;
}

function alertFingerprints(groups: readonly RuleGroup[]): Map<string, string> {
  return new Map(
    alertRules(groups).map((alert) => [
      proofName({ alert }),
      sha256(JSON.stringify(ruleGroupDocuments(groupsFor(alert, groups)))),
    ]),
  );
}

const known = new Map<string, Map<string, string>>();

/** The same of a rule file, such as the one that ran; empty when it is none. Runs of one commit share one. */
export function fingerprintsIn(file: string): Map<string, string> {
  const hash = sha256(file);
  const found = known.get(hash) ?? alertFingerprints(readRuleFile(file) ?? []);
  known.set(hash, found);
  return found;
}

function readRuleFile(text: string): RuleGroup[] | null {
  const read = ruleFile.safeParse(parse(text));
  if (!read.success) return null;
  return read.data.groups.map(({ name, interval, rules }) => ({
    name,
    intervalSeconds: Number.parseInt(interval, 10),
    rules: rules.map((rule) => {
      if ('record' in rule) return rule;
      const { alert, expr, labels, annotations } = rule;
      // Written by us, so that its labels and annotations are those of an alert.
      return {
        alert,
        expr,
        forSeconds: Number.parseInt(rule.for, 10),
        ...(rule.keep_firing_for === undefined
          ? {}
          : { keepFiringSeconds: Number.parseInt(rule.keep_firing_for, 10) }),
        labels,
        annotations,
      } as unknown as AlertRule;
    }),
  }));
}
