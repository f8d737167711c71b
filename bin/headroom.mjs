#!/usr/bin/env node
// Says in one line what is missing before anything is imported, then hands over to the TypeScript.
// Plain old syntax: a Node that is too old must still be able to read it.
const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major >= 22 || (major === 20 && minor >= 19);

const internalError = 70; // never 1: that would say no-go of a shop nobody looked at

function crash(error) {
  console.error(error);
  process.exit(internalError);
}
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    // Who reads may stop reading (`| head`); the answer is then the exit code alone.
    if (error.code !== 'EPIPE') throw error;
  });

async function start() {
  if (!supported) {
    console.error(
      `error: Headroom needs Node 20.19 or newer (22 and 24 are best); this is ${process.versions.node}`,
    );
    return 2;
  }
  let tsx;
  try {
    // Node does not strip types under node_modules, so tsx runs the TypeScript.
    tsx = await import('tsx/esm/api');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error(
      'error: the dependencies are not installed: run `npm ci` here, or `npm run drill`, which does it for you',
    );
    return 2;
  }
  tsx.register();
  const { main } = await import('../cli/main.ts');
  return await main(process.argv.slice(2));
}

start().then((code) => {
  process.exitCode = code;
}, crash);
