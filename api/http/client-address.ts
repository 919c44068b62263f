/** The address of a request's caller, as far as it is known. */
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';

/** Groups of an IPv6 address that a provider assigns to one customer: the first 64 bits. */
const OWN_GROUPS = 4;
const GROUPS = 8;

/**
 * The address that limits are counted by; of an IPv6 address its network of 64 bits. `proxies`: how many of our proxies add an address to
 * X-Forwarded-For. Earlier addresses in that header are ignored, because a caller can write them; without proxies of ours the whole
 * header is.
 */
export function clientAddress(request: IncomingMessage, proxies: number): string {
  const connected = request.socket.remoteAddress ?? 'unknown';
  const header = request.headers['x-forwarded-for'];
  const forwarded = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((one) => one.trim());
  const said = proxies > 0 ? withoutPort(forwarded.at(-proxies) ?? '') : '';
  return networkOf(isIP(said) === 0 ? connected : said);
}

/**
 * An address without the port that some proxies add: 203.0.113.9:443, [2001:db8::1]:443. Counted with it, every connection would have a
 * limit of its own.
 */
function withoutPort(written: string): string {
  return /^([\d.]+)(?::\d+)?$/.exec(written)?.[1] ?? /^\[([^\]]*)\](?::\d+)?$/.exec(written)?.[1] ?? written;
}

function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [before = '', after] = plain.split('%')[0]?.toLowerCase().split('::') ?? [];
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, GROUPS - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return groups
    .slice(0, OWN_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
