/**
 * Hosts that links from an order or a carrier may lead to. Other links are left out of texts: customers trust a link in a shop's text,
 * and strangers can place orders and write carriers' feeds.
 */
import type { Brand } from './brand.ts';

/**
 * Carriers' own tracking sites. Sites that give every customer a page (aftership.com, parcelpanel.com) are not listed: a shop that uses
 * one names its own address in `linkHosts`.
 */
const CARRIER_HOSTS: readonly string[] = Object.values({
  everywhere: [
    'dhl.com',
    'ups.com',
    'fedex.com',
    'tnt.com',
    'dpd.com',
    'dpdgroup.com',
    'gls-group.com',
    'gls-group.eu',
    '17track.net',
  ],
  italy: ['brt.it', 'poste.it', 'sda.it', 'gls-italy.com', 'inpost.it'],
  britain: ['royalmail.com', 'parcelforce.com', 'evri.com', 'dpd.co.uk', 'inpost.co.uk', 'yodel.co.uk', 'anpost.com'],
  europe: [
    'dhl.de',
    'dpd.de',
    'myhermes.de',
    'post.at',
    'post.ch',
    'laposte.fr',
    'colissimo.fr',
    'chronopost.fr',
    'mondialrelay.fr',
    'correos.es',
    'seur.com',
    'ctt.pt',
    'postnl.nl',
    'bpost.be',
    'postnord.com',
    'posti.fi',
    'inpost.pl',
  ],
  america: ['usps.com', 'ontrac.com', 'lasership.com', 'purolator.com', 'canadapost-postescanada.ca'],
  asia: [
    'cjlogistics.com',
    'epost.go.kr',
    'hanjin.com',
    'lotteglogis.com',
    'ilogen.com',
    'post.japanpost.jp',
    'kuronekoyamato.co.jp',
    'sagawa-exp.co.jp',
    'singpost.com',
    'auspost.com.au',
    'nzpost.co.nz',
  ],
}).flat();

/** Hosts that links of orders and parcels may lead to: the brand's own, those in `linkHosts`, and carriers'. */
export function linkHostsOf({ links, linkHosts = [] }: Pick<Brand, 'links' | 'linkHosts'>): readonly string[] {
  const own = Object.values(links).flatMap((link) => URL.parse(link)?.hostname ?? []);
  return [...new Set([...own, ...linkHosts, ...CARRIER_HOSTS])];
}

/** Characters of the longest link to an order's own page. A text has about 160, and every character of a link is paid for. */
export const LONGEST_STATUS_LINK = 40;

/** Characters of the longest link to a carrier's page. A shop cannot shorten those, and a customer follows them most. */
export const LONGEST_TRACKING_LINK = 120;

/** A parcel without a tracking link that no text has room for. */
export function withoutLongLink<Parcel extends { trackingUrl?: string }>({ trackingUrl, ...parcel }: Parcel) {
  const fits = trackingUrl !== undefined && trackingUrl.length <= LONGEST_TRACKING_LINK;
  return { ...parcel, ...(fits && { trackingUrl }) };
}

export type LinkProblem = 'not_https' | 'unknown_host';

/** Programs disagree about the host of `https://dhl.com\@evil.com` and of `https:brt.it`, so such links are refused. */
const ONE_READING = /^https:\/\/[^\\\s\p{Cc}]+$/iu;

/** Why a link may not stand in a text. Undefined: it may. `hosts` cover their subdomains: `brt.it` covers `vas.brt.it`. */
export function linkProblem(link: string, hosts: readonly string[]): LinkProblem | undefined {
  const url = URL.parse(link);
  if (url?.protocol !== 'https:' || !ONE_READING.test(link)) return 'not_https';
  // A trailing dot names the same host.
  const host = url.hostname.replace(/\.$/, '');
  return hosts.some((known) => host === known || host.endsWith(`.${known}`)) ? undefined : 'unknown_host';
}
