// What a runbook tells the on-call to type is a command of ours, with flags that it has and all that it must have.
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { runbookCommands } from '../alerts/runbook-queries.ts';
import { addAlerts } from './alerts.ts';
import { processIo } from './cli.ts';
import { addDlq } from './dlq.ts';
import { addQueue } from './queue.ts';
import { addSwitch } from './switch.ts';

const program = new Command('headroom');
for (const add of [addAlerts, addDlq, addQueue, addSwitch])
  add({ program, io: processIo, finish: () => undefined });

/** Null = it can be typed. */
function complaint(line: string): string | null {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!).slice(1);
  let command = program;
  while (command.commands.length > 0) {
    const name = words.shift();
    const next = command.commands.find((one) => one.name() === name);
    if (next === undefined) return `${command.name()} has no ${name}`;
    command = next;
  }
  const flags = words.filter((word) => word.startsWith('--'));
  const unknown = flags.find((flag) => command.options.every(({ long }) => long !== flag));
  const missing = command.options.find(({ mandatory, long }) => mandatory && !flags.includes(long ?? ''));
  if (unknown !== undefined) return `${command.name()} has no ${unknown}`;
  return missing === undefined ? null : `${command.name()} needs ${missing.long}`;
}

test('every command in a runbook can be typed as it stands', () => {
  const commands = runbookCommands();
  expect(commands.length).toBeGreaterThan(10);
  for (const verb of ['switch on', 'switch off', 'dlq redrive', 'queue list'])
    expect(commands.some((line) => line.startsWith(`headroom ${verb}`))).toBe(true);
  expect(commands.map((line) => [line, complaint(line)]).filter(([, said]) => said !== null)).toEqual([]);
  expect(complaint('headroom switch on --planet mars --why "too far"')).toBe('on has no --planet');
  expect(complaint('headroom switch on --region GB')).toBe('on needs --why');
  expect(complaint('headroom teleport')).toBe('headroom has no teleport');
});
