// The marks of a game day, told to something that answers as Grafana's annotation API does.
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { generate } from '../dashboards/generate.ts';
import { grafanaFrom, openMarks } from './grafana.ts';
import { listenLoopback, readBody } from './loopback.ts';

const token = 'glsa_of_a_service_account';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Told {
  readonly what: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly time: number;
    readonly timeEnd: number;
    readonly tags: string[];
    readonly text: string;
  };
}

async function grafana(status = 200) {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    void readBody(request, 10_000).then((text) => {
      told.push({
        ...{ what: `${request.method} ${request.url}`, authorization },
        body: JSON.parse(text.toString('utf8')) as Told['body'],
      });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(status === 200 ? { id: 40 + told.length, message: 'added' } : { message: token }),
      );
    });
  });
  servers.push(server);
  // Behind a path, as many have it.
  return { told, url: `${await listenLoopback(server)}/grafana` };
}

function marksAt(url: string) {
  const notes: string[] = [];
  const environment = { HEADROOM_GRAFANA_URL: url, HEADROOM_GRAFANA_TOKEN: token };
  return { notes, marks: openMarks(grafanaFrom(environment), 'run-1', (line) => notes.push(line)) };
}

describe('a game day in Grafana', () => {
  test('is a region a fault, from its injection to its undoing, under the tag that every dashboard asks for', async () => {
    const { told, url } = await grafana();
    const { marks, notes } = marksAt(url);
    for (const state of ['planned', 'checking', 'armed', 'injecting', 'undoing', 'settling', 'done'] as const)
      marks.onState('psp-timeout', state);
    await marks.settled();
    expect(told.map(({ what }) => what)).toEqual([
      'POST /grafana/api/annotations',
      'PUT /grafana/api/annotations/41',
    ]);
    expect(told.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true);
    const [begun, ended] = told.map(({ body }) => body);
    expect(ended).toMatchObject({
      time: begun!.time,
      tags: begun!.tags,
      text: 'Game day: psp-timeout (drill run-1)',
    });
    expect(ended!.timeEnd).toBeGreaterThanOrEqual(begun!.time);
    for (const json of generate().values()) {
      const { annotations } = JSON.parse(json) as {
        annotations: { list: { target?: { tags?: string[] } }[] };
      };
      const asked = annotations.list.flatMap(({ target }) => target?.tags ?? []);
      expect(asked.filter((tag) => begun!.tags.includes(tag))).toHaveLength(1);
    }
    expect(notes).toEqual([]);
  });

  test('an experiment that never injected leaves no mark', async () => {
    const { told, url } = await grafana();
    const { marks } = marksAt(url);
    for (const state of ['planned', 'checking', 'undoing', 'settling', 'done'] as const)
      marks.onState('psp-timeout', state);
    await marks.settled();
    expect(told).toEqual([]);
  });

  test('a Grafana that refuses is said once, with its host and never with the token, and nothing is thrown', async () => {
    const { told, url } = await grafana(401);
    const { marks, notes } = marksAt(url);
    for (const experiment of ['psp-timeout', 'psp-errors'])
      for (const state of ['injecting', 'settling'] as const) marks.onState(experiment, state);
    await marks.settled();
    expect(told).toHaveLength(2);
    expect(notes).toEqual([`Grafana at ${new URL(url).host} took no mark of the game day: status 401`]);
    expect(notes.join()).not.toContain(token);
  });

  test('one that is not there is said too', async () => {
    const { url } = await grafana();
    const { marks, notes } = marksAt(url);
    await new Promise((resolve) => servers.splice(0)[0]!.close(resolve));
    marks.onState('psp-timeout', 'injecting');
    marks.onState('psp-timeout', 'settling');
    await marks.settled();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('ECONNREFUSED');
  });
});

describe('which Grafana', () => {
  test('none named is none, and nobody hears of it', async () => {
    const notes: string[] = [];
    const marks = openMarks(grafanaFrom({}), 'run-1', (line) => notes.push(line));
    marks.onState('psp-timeout', 'injecting');
    await marks.settled();
    expect(notes).toEqual([]);
  });

  test('half of one is refused by the name of the other half, and no address is none', () => {
    expect(() => grafanaFrom({ HEADROOM_GRAFANA_URL: 'http://grafana' })).toThrow(
      'HEADROOM_GRAFANA_TOKEN is missing',
    );
    expect(() => grafanaFrom({ HEADROOM_GRAFANA_TOKEN: token })).toThrow('HEADROOM_GRAFANA_URL is missing');
    for (const url of ['grafana:3000', 'file:///etc'])
      expect(() => grafanaFrom({ HEADROOM_GRAFANA_URL: url, HEADROOM_GRAFANA_TOKEN: token })).toThrow(
        'is not an address',
      );
  });
});
