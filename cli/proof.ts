import { type Cli, print, verb } from './cli.ts';

interface Options {
  json?: boolean;
  evidence?: string;
  out?: string;
  strict?: boolean;
}

export function addProof(cli: Cli): void {
  verb(
    cli,
    'proof',
    'How and when each alert, panel, runbook and check was last proven, and what never was, with what to type to prove it.',
    'headroom proof --out proof.html',
  )
    .option('--evidence <dir>', 'the folder with the evidence of drills (default: evidence)')
    .option('--out <file>', 'writes the page of proof, one HTML file that opens offline')
    .option('--strict', 'exit 1 while anything is not proven')
    .action(async ({ json, evidence, out, strict }: Options) => {
      const [{ gatherProof, unproven }, { proofText }] = await Promise.all([
        import('../drill/proof/proof.ts'),
        import('../drill/proof/words.ts'),
      ]);
      const proof = await gatherProof({ evidence });
      if (out !== undefined) await writePage(out, proof);
      print(cli, json, proof, proofText(proof));
      const open = unproven(proof);
      if (!strict || open.length === 0) return;
      cli.io.err(`not proven: ${open.map(({ kind, name }) => `${kind} ${name}`).join(', ')}\n`);
      cli.finish(1);
    });
}

async function writePage(
  file: string,
  proof: Parameters<typeof import('../drill/proof/page.ts')['renderProof']>[0],
) {
  const [{ writeFile }, { renderProof }, { UsageError }] = await Promise.all([
    import('node:fs/promises'),
    import('../drill/proof/page.ts'),
    import('../stack/usage-error.ts'),
  ]);
  await writeFile(file, renderProof(proof)).catch((error: Error) => {
    throw new UsageError(`--out ${file}: ${error.message}`);
  });
}
