import { type Cli, print, verb } from './cli.ts';

export function addVerify(cli: Cli): void {
  verb(
    cli,
    'verify <run>',
    'Recomputes a verdict from its evidence folder; 0 says that it stands, not that it is go.',
    'headroom verify evidence/latest',
  ).action(async (dir: string, options: { json?: boolean }) => {
    const { verifyEvidence } = await import('../drill/verify.ts');
    const verified = await verifyEvidence(dir);
    print(cli, options.json, verified, verified.message);
    cli.finish(verified.exitCode);
  });
}
