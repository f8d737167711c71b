import { appendFile } from 'node:fs/promises';
import { UsageError } from '../stack/usage-error.ts';
import { type Cli, print, verb } from './cli.ts';

export function addGate(cli: Cli): void {
  verb(
    cli,
    'gate <evidence>',
    'Judges the evidence of a drill again, under a policy.',
    'headroom gate evidence/latest --policy drill/policies/default.yml',
  )
    .option('--policy <file>', 'the policy (default: drill/policies/default.yml)')
    .option('--summary <file>', 'adds the summary in Markdown to a file, such as $GITHUB_STEP_SUMMARY')
    .action(async (dir: string, options: { json?: boolean; policy?: string; summary?: string }) => {
      const { gateEvidence } = await import('../drill/gate.ts');
      const gated = await gateEvidence({ dir, policyFile: options.policy });
      if (options.summary !== undefined) await addTo(options.summary, gated.summary);
      print(cli, options.json, gated.verdictFile, gated.message);
      cli.finish(gated.exitCode);
    });
}

// Added, not written over: the file may hold what other steps said.
const addTo = (file: string, text: string) =>
  appendFile(file, text).catch((error: Error) => {
    throw new UsageError(`--summary ${file}: ${error.message}`);
  });
