// One process' log as facts; a line at a time, because a log may be larger than the runner's memory.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { redact } from '../../core/telemetry/log.ts';
import type { LogFacts } from './facts.ts';

/** Of what happens to one request or one job: without its trace id nobody finds the rest of the story. */
const ofOneStory = /^(checkout|job|operation|webhook|request)[._]/;

interface Line {
  readonly event: string;
  readonly trace_id?: string;
}

function parse(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Record<string, unknown>;
    const whole = ['time', 'level', 'service', 'event'].every((field) => typeof line[field] === 'string');
    return whole ? (line as unknown as Line) : null;
  } catch {
    return null;
  }
}

export async function readLog(path: string): Promise<LogFacts> {
  const events = new Set<string>();
  const counts = { lines: 0, unreadable: 0, leaking: 0, untraced: 0 };
  for await (const text of createInterface({ input: createReadStream(path) })) {
    counts.lines += 1;
    // The log masks as it writes: a line that masking would still change went around it.
    if (redact(text) !== text) counts.leaking += 1;
    const line = parse(text);
    if (line === null) {
      counts.unreadable += 1;
      continue;
    }
    events.add(line.event);
    if (ofOneStory.test(line.event) && line.trace_id === undefined) counts.untraced += 1;
  }
  return { ...counts, events: [...events].sort() };
}
