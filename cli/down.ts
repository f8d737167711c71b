import { type Cli, print, verb } from './cli.ts';
import { watched } from './watched.ts';

export function addDown(cli: Cli): void {
  verb(
    cli,
    'down',
    'Ends the run that is going in this clone, or clears what a killed one left.',
    'headroom down',
  ).action(async (options: { json?: boolean }) => {
    const { endRun, endText } = await import('../stack/down.ts');
    const { stateDirectory } = await import('../stack/places.ts');
    const ended = await watched(cli, (progress) => endRun(stateDirectory(), progress));
    print(cli, options.json, ended, endText(ended));
  });
}
