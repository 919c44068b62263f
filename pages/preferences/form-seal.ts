/**
 * Decides whether a sent form is ours, by a token that only our page has, and by the browser's statement that the
 * form comes from that page.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { HOUR } from '../../domain/time/duration.ts';

/** A page that was open for longer is shown again, because its content may be outdated. */
export const FORM_LIFE = 2 * HOUR;

/** The fields of a form that every page carries along. */
export interface SealedForm {
  /** The action of its button: the seal of a harmless form does not fit another form. */
  readonly action: string;
  /** The link's token: a form belongs to one person. */
  readonly link: string;
  /** The state that the page showed. */
  readonly shown: string;
}

/** Moment and MAC. `issuedAt`: epoch ms. */
export function formToken(key: Buffer, form: SealedForm, issuedAt: number): string {
  return `${issuedAt.toString(36)}.${mac(key, form, issuedAt).toString('base64url')}`;
}

/**
 * `keys`: the newest and former ones; one of them has to have made the seal. `stale`: ours, but too old. `forged`: not ours, of another
 * person, or changed.
 */
export function checkForm(
  keys: readonly Buffer[],
  form: SealedForm,
  token: string,
  now: number,
): 'ok' | 'stale' | 'forged' {
  const [stamp = '', seal = ''] = token.split('.');
  const issuedAt = parseInt(stamp, 36);
  if (!/^[0-9a-z]{1,10}$/.test(stamp)) return 'forged';
  const given = Buffer.from(seal, 'base64url');
  const isMadeWith = (key: Buffer): boolean => {
    const expected = mac(key, form, issuedAt);
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  if (!keys.some(isMadeWith)) return 'forged';
  return now - issuedAt > FORM_LIFE ? 'stale' : 'ok';
}

/** Each field is written with its length before it, so that two different forms never give the same text. */
function mac(key: Buffer, { action, link, shown }: SealedForm, issuedAt: number): Buffer {
  const hmac = createHmac('sha256', key);
  for (const field of ['form 2', action, link, shown, String(issuedAt)])
    hmac.update(`${Buffer.byteLength(field)}:${field}`);
  return hmac.digest();
}

/** The origin of a request, as the browser states it. Empty: it does not say. */
export interface RequestOrigin {
  readonly secFetchSite: string;
  readonly origin: string;
}

/**
 * Decides whether a form may come from a page of ours. `hosts`: the names under which the page is served. A page that
 * sends no referrer has the origin `null`, so `null` proves nothing; then, and if the browser states no origin, the
 * token decides.
 */
export function isSameOrigin({ secFetchSite, origin }: RequestOrigin, hosts: readonly string[]): boolean {
  if (secFetchSite !== '') return secFetchSite === 'same-origin';
  if (origin === '' || origin === 'null') return true;
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}
