// The lab as a process: prints its ports as one JSON line when ready, stops politely on SIGTERM.
import { parseArgs } from 'node:util';
import { type LabPorts, startLab } from './server.ts';

const usage =
  'lab --dir D [--control-port N] [--psp-primary-port N] [--psp-backup-port N] [--tax-port N] [--rates-port N] [--fraud-port N] [--host H] [--base-latency-ms N]';

function refuse(message: string): never {
  console.error(`${message}\nusage: ${usage}`);
  process.exit(2);
}

function readArgs() {
  const port = { type: 'string', default: '0' } as const;
  try {
    return parseArgs({
      options: {
        dir: { type: 'string' },
        'control-port': port,
        'psp-primary-port': port,
        'psp-backup-port': port,
        'tax-port': port,
        'rates-port': port,
        'fraud-port': port,
        host: { type: 'string', default: '127.0.0.1' },
        // A local provider that answers in no time would hide every wait a real one causes.
        'base-latency-ms': { type: 'string', default: '5' },
      },
    }).values;
  } catch (error) {
    refuse((error as Error).message);
  }
}

const args = readArgs();
const numberOf = (name: Exclude<keyof typeof args, 'dir' | 'host'>, max: number) => {
  const value = Number(args[name]);
  return Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : refuse(`--${name} is a whole number from 0 to ${max}`);
};
const portOf = (name: keyof LabPorts) => numberOf(`${name}-port`, 65_535);

const lab = await startLab({
  dir: args.dir ?? refuse('--dir is missing'),
  host: args.host,
  baseLatencyMs: numberOf('base-latency-ms', 10_000),
  ports: {
    control: portOf('control'),
    'psp-primary': portOf('psp-primary'),
    'psp-backup': portOf('psp-backup'),
    tax: portOf('tax'),
    rates: portOf('rates'),
    fraud: portOf('fraud'),
  },
  // Books that could not be written are no books: stop, so that nobody trusts them.
  onError: (error) => {
    console.error(error);
    process.exit(1);
  },
}).catch((error: Error) => refuse(`the lab cannot start: ${error.message}`));

console.log(JSON.stringify(lab.ports));

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    lab.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
