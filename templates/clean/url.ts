/** Links. */
import { linkProblem } from '../../domain/orders/link-hosts.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * The link in plain ASCII, or null when it is none, is not https, or is too long: half a link is worse than none. `hosts`: the hosts it
 * may lead to. Left out, for the brand's own links: any host, and http for this machine itself, where the pages of `npm start` are.
 */
export function usableUrl(raw: string, longest: number, hosts?: readonly string[]): string | null {
  const given = raw.trim();
  const url = given.length > longest ? null : URL.parse(given);
  if (!url || url.username !== '' || url.password !== '') return null;
  const isOfThisMachine = url.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !isOfThisMachine) return null;
  if (hosts && linkProblem(given, hosts) !== undefined) return null;
  // The checked form is printed. In the letters that were given, another reader may find another host.
  const ascii = url.href === `${given}/` ? given : url.href;
  return ascii.length <= longest ? ascii : null;
}
