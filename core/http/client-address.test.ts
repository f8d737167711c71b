import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { clientAddress, proxyList } from './client-address.ts';

async function seen(
  peer: string,
  forwarded: string | null,
  trusted: readonly string[] = ['10.0.0.0/8', '::1'],
) {
  const app = new Hono();
  const addressOf = clientAddress(proxyList(trusted));
  app.get('/', (c) => c.json(addressOf(c)));
  const headers = forwarded === null ? {} : { 'x-forwarded-for': forwarded };
  const answer = await app.request('/', { headers }, { incoming: { socket: { remoteAddress: peer } } });
  return ((await answer.json()) as { address: string }).address;
}

test.each([
  ['a peer that is no proxy', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a proxy of ours', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
  ['a proxy of ours on a socket that speaks both', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
  ['two proxies of ours', '10.1.2.3', '198.51.100.1, 10.9.9.9', '198.51.100.1'],
  ['what the client wrote before our proxy', '10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
  ['nonsense before our proxy', '10.1.2.3', 'unknown', '10.1.2.3'],
  ['no header at all', '10.1.2.3', null, '10.1.2.3'],
])('by %s', async (_, peer, forwarded, address) => {
  expect(await seen(peer, forwarded)).toBe(address);
});

test('all addresses of one IPv6 network are one client, two networks are two', async () => {
  const one = await seen('2001:db8:1:2::1', null);
  expect(await seen('2001:0db8:0001:0002:ffff:ffff:ffff:ffff', null)).toBe(one);
  expect(await seen('2001:db8:1:3::1', null)).not.toBe(one);
});

test('a proxy that is no address is refused', () => {
  expect(() => proxyList(['proxy.example'])).toThrow('not an address');
});
