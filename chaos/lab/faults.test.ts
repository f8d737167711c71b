// Every effect position: what was charged, what was answered, and that the fault is gone afterwards.
import { describe, expect, test, vi } from 'vitest';
import { labForEachTest, order } from './lab.fixture.ts';

const { call, url, start, stop, authorize, query, fault, status, tax } = labForEachTest();

describe('a fault by its effect position', () => {
  test('before: refused at once, nothing charged', async () => {
    await fault('before');
    const body = order();
    expect(await authorize(body)).toMatchObject({ status: 503, body: { executed: false } });
    expect(await query(body.reference)).toEqual([]);
  });

  test('error: refused without a word on execution, nothing charged', async () => {
    await fault('error');
    const body = order();
    expect(await authorize(body)).toMatchObject({ status: 500 });
    expect(await query(body.reference)).toEqual([]);
  });

  test('after: charged, the answer never arrives, and the same key brings the answer once the fault is over', async () => {
    await fault('after');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    expect(await query(body.reference)).toMatchObject([{ status: 'approved' }]);
    await call('DELETE', url('control', '/faults/f1'));
    expect((await authorize(body)).headers.get('idempotent-replayed')).toBe('true');
  });

  test('late: nothing is charged when the connection is cut, then it is', async () => {
    await fault('late');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    expect(await query(body.reference)).toEqual([]);
    expect((await status()).late_pending).toBe(1);
    await vi.waitFor(
      async () => expect(await query(body.reference)).toMatchObject([{ status: 'approved' }]),
      5_000,
    );
    expect((await status()).late_pending).toBe(0);
  });

  test('late: a void that came first is a tombstone the charge cannot pass', async () => {
    await fault('late');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    await call('POST', url('psp-primary', '/v1/voids'), { reference: body.reference });
    await vi.waitFor(async () => expect((await status()).late_pending).toBe(0), 5_000);
    expect(await query(body.reference)).toEqual([]);
    expect((await call('GET', url('control', '/books/psp-primary'))).body.refusals).toHaveLength(1);
  });

  test('late: a provider that stops makes the charges it has accepted', async () => {
    await fault('late');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    await stop();
    await start();
    expect(await query(body.reference)).toHaveLength(1);
  });

  test('slow: charged and answered after the delay', async () => {
    await fault('slow', { mix: [{ position: 'slow', share: 1, delay_ms: 300 }] });
    const started = performance.now();
    expect((await authorize(order())).status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  test('it bites its provider and its operation, nobody else', async () => {
    await fault('before');
    expect((await call('GET', url('psp-primary', '/v1/authorizations?reference=r'))).status).toBe(200);
    const elsewhere = order();
    const backup = await call('POST', url('psp-backup', '/v1/authorizations'), elsewhere, {
      'Idempotency-Key': 'k',
    });
    expect(backup.status).toBe(201);
    expect(await query(elsewhere.reference)).toEqual([]);
    await fault('before', { provider: 'tax', operation: 'quote' });
    expect((await tax('GB')).status).toBe(503);
    expect((await authorize(order())).status).toBe(201);
  });

  test('the same seed bites the same calls, and the share is kept', async () => {
    const run = async (id: string) => {
      await call('PUT', url('control', `/faults/${id}`), {
        provider: 'psp-primary',
        operation: 'authorize',
        mix: [{ position: 'before', share: 0.3 }],
        seed: 42,
        lease_ms: 20_000,
      });
      const statuses: number[] = [];
      for (let n = 0; n < 100; n++) statuses.push((await authorize(order())).status);
      await call('DELETE', url('control', `/faults/${id}`));
      return statuses;
    };
    const first = await run('a');
    expect(await run('b')).toEqual(first);
    const listed = (await call('GET', url('control', '/faults'))).body;
    expect(listed[0]).toMatchObject({ calls: 100, bites: { before: first.filter((s) => s === 503).length } });
    expect(listed[0].bites.before).toBeGreaterThan(15);
    expect(listed[0].bites.before).toBeLessThan(45);
  });

  test('a lease that is not renewed ends the fault by itself; a renewed one lives on with its counters', async () => {
    await fault('before', { lease_ms: 300 });
    await authorize(order());
    await new Promise((resolve) => setTimeout(resolve, 200));
    await fault('before', { lease_ms: 300 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await authorize(order())).status).toBe(503);
    await vi.waitFor(async () => expect((await status()).ended_ms).not.toBeNull());
    expect((await authorize(order())).status).toBe(201);
    const { bites, first_bite_ms, last_bite_ms, ended_ms, calls } = await status();
    expect({ calls, before: bites.before }).toEqual({ calls: 2, before: 2 });
    expect(first_bite_ms).toBeLessThan(last_bite_ms);
    expect(last_bite_ms).toBeLessThanOrEqual(ended_ms);
  });

  test('a fault nobody can mean is refused: shares above 1, an endless lease, an operation the provider lacks', async () => {
    expect(
      (
        await fault('before', {
          mix: [
            { position: 'before', share: 0.7 },
            { position: 'late', share: 0.4 },
          ],
        })
      ).status,
    ).toBe(422);
    expect((await fault('before', { lease_ms: 3_600_000 })).status).toBe(422);
    expect((await fault('before', { operation: 'quote' })).status).toBe(422);
    expect((await fault('sideways')).status).toBe(422);
    expect((await call('DELETE', url('control', '/faults/never-was'))).status).toBe(200);
    expect((await call('GET', url('control', '/faults'))).body).toEqual([]);
  });
});
