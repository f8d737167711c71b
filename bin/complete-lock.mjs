// `npm run lock`: npm leaves an optional package out of the lock when it cannot look it up while locking, and `npm ci`
// then refuses the lock. Names every such package with the version its parent asks for and the platform it is for.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const systems = /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|aix)/;
const processors = /(arm64|arm|x64|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32)/;

/** Optional packages that a package of the lock asks for and the lock does not hold, by their path. */
export function missingOptionals(lock) {
  const missing = new Map();
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (lock.packages[path] !== undefined) continue;
      missing.set(path, placeholderOf(name, version, entry.dev === true));
    }
  }
  return missing;
}

function placeholderOf(name, version, dev) {
  const os = systems.exec(name)?.[1];
  const cpu = processors.exec(name)?.[1];
  if (!/^\d/.test(version) || (os === undefined && cpu === undefined))
    throw new Error(
      `${name}@${version} is optional, not locked, and its platform cannot be read from its name`,
    );
  const libc = os === 'linux' ? [/musl/.test(name) ? 'musl' : 'glibc'] : undefined;
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev }),
    ...(libc && { libc }),
    optional: true,
    ...(os && { os: [os] }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingOptionals(lock);
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  packages.sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  console.log(`${missing.size} optional packages of other platforms named in the lock`);
}
