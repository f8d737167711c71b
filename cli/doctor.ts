import { type Cli, print, verb } from './cli.ts';
import { watched } from './watched.ts';

export function addDoctor(cli: Cli): void {
  verb(
    cli,
    'doctor',
    'Which real parts were found, and how to get the missing ones.',
    'headroom doctor --get',
  )
    .option('--get', 'get the missing parts now, into the cache')
    .action(async (options: { json?: boolean; get?: boolean }) => {
      const { doctorText, examine } = await import('../stack/doctor.ts');
      if (options.get) {
        const { resolveParts } = await import('../stack/parts.ts');
        await watched(cli, (progress, signal) => resolveParts({ progress, signal }));
      }
      const examined = await examine();
      print(cli, options.json, examined, doctorText(examined));
      cli.finish(examined.usable ? 0 : 2);
    });
}
