import { type Cli, print, verb } from './cli.ts';
import { watched } from './watched.ts';

export function addUp(cli: Cli): void {
  verb(
    cli,
    'up',
    'Boots the whole shop with its real parts and keeps it running until Ctrl-C.',
    'headroom up',
  ).action(async (options: { json?: boolean }) => {
    const { up, upText } = await import('../drill/up.ts');
    await watched(cli, (progress, signal) =>
      up({ progress, signal }, (addresses) => print(cli, options.json, addresses, upText(addresses))),
    );
  });
}
