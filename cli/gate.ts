import { type Cli, print, verb } from './cli.ts';

export function addGate(cli: Cli): void {
  verb(
    cli,
    'gate <evidence>',
    'Judges the evidence of a drill again, under a policy.',
    'headroom gate evidence/latest --policy drill/policies/default.yml',
  )
    .option('--policy <file>', 'the policy (default: drill/policies/default.yml)')
    .action(async (dir: string, options: { json?: boolean; policy?: string }) => {
      const { gateEvidence } = await import('../drill/gate.ts');
      const gated = await gateEvidence({ dir, policyFile: options.policy });
      print(cli, options.json, gated.verdictFile, gated.message);
      cli.finish(gated.exitCode);
    });
}
