// Who is asking. A forwarded address is believed only from a proxy we know: anybody can write the header.
import { BlockList, isIP } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** Null when there is no socket behind the request. */
export type ClientAddress = (c: Context) => { readonly address: string; readonly loopback: boolean } | null;

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
/** An IPv4 peer of a socket that listens on IPv6 too. */
const plain = (address: string) => address.trim().replace(/^::ffff:(?=\d+\.)/i, '');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Throws for an entry that is neither an address nor a subnet. */
export function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    if (isIP(address) === 0) throw new Error(`${entry} is not an address`);
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

/** A household has a whole /64, and a machine in it as many addresses as it likes. */
function bucketOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = address.includes('::') ? [...left, ...zeros, ...right] : left;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

export function clientAddress(trusted: BlockList): ClientAddress {
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, familyOf(address));
  return (c) => {
    const peer = (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress;
    if (peer === undefined) return null;
    let address = plain(peer);
    const forwarded = isTrusted(address) ? (c.req.header('x-forwarded-for')?.split(',') ?? []) : [];
    // From the right: each of our proxies added what it saw, and the first it does not know is the client.
    for (const hop of forwarded.reverse().map(plain)) {
      if (isIP(hop) === 0) break;
      address = hop;
      if (!isTrusted(hop)) break;
    }
    return { address: bucketOf(address), loopback: loopback.check(address, familyOf(address)) };
  };
}
