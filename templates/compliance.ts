/** The words the law or a network's rules want in a text, and the words that make a text an advertisement. */
import type { Locale, MessageKind } from '../domain/message.ts';

/**
 * How to object to promotions. In Korea nobody can answer STOP to a business number: the line names a contact and a
 * free way to refuse, at the end of the text (Act on Promotion of Information and Communications Network Utilization,
 * art. 50).
 */
const OPT_OUT: Readonly<Record<Locale, { reply?: string; link: (url: string, phone: string | null) => string }>> = {
  en: { reply: 'Reply STOP to opt out', link: (url) => `Opt out: ${url}` },
  it: { reply: 'Rispondi STOP per non riceverne', link: (url) => `Per non riceverne: ${url}` },
  ko: { link: (url, phone) => (phone ? `문의 ${phone} 무료수신거부 ${url}` : `무료수신거부 ${url}`) },
};

/**
 * The opt-out line, or null when it would need a link and there is none that can be used.
 * `canReply` is whether an answer to this sender arrives: not to a name used as sender, and not in Korea.
 */
export function optOutLine(locale: Locale, canReply: boolean, url: string | null, phone: string | null): string | null {
  const { reply, link } = OPT_OUT[locale];
  if (reply && canReply) return reply;
  return url === null ? null : link(url, phone);
}

/** Korean law: an advertisement starts with exactly these characters. No other text may. */
export const AD_LABEL: Readonly<Partial<Record<Locale, string>>> = { ko: '(광고)' };

/**
 * What a vetted sender must say (US carriers, CTIA): a reply to an opt-in names cost and help, an opt-out says that
 * it is over.
 */
export const REQUIRED_WORDS: Readonly<Partial<Record<MessageKind, Readonly<Record<Locale, readonly string[]>>>>> = {
  opt_in_confirmed: { en: ['HELP', 'data rates may apply', 'frequency'], it: ['AIUTO'], ko: [] },
  opt_out_confirmed: { en: ['no further messages'], it: ['nessun altro messaggio'], ko: ['더 이상'] },
};

/** Placeholders that a kind cannot do without: HELP must name a way to reach the brand (CTIA). */
export const REQUIRED_PLACEHOLDERS: Readonly<Partial<Record<MessageKind, readonly string[]>>> = {
  help: ['brand.supportUrl'],
  opt_in_confirmed: ['opt_out'],
};

/**
 * One such word turns a message about an order into an advertisement, in most countries by law (mixed content). `*`
 * stands for any ending; Korean words are found inside others, as they take particles.
 */
const SELLING_WORDS: Readonly<Record<Locale, string>> = {
  en: `discount*, coupon*, voucher*, promo*, shop now, buy*, sale, sales, deal, deals, special offer*, free shipping,
    price*, bargain*, limited time, save up to, save on`,
  it: `scont*, offert*, promo*, coupon, saldi, acquista, acquistalo, acquistala, compra, compralo, comprala, prezz*,
    omaggi*, approfitta*, risparmi*, in regalo, spedizione gratuita`,
  ko: `할인, 쿠폰, 세일, 특가, 이벤트, 프로모션, 혜택, 적립, 사은품, 무료배송, 구매하세요, 구매하기, 가격, 최저가`,
};

const SELLING: Readonly<Record<Locale, RegExp>> = {
  en: anyOf(wordsOf('en').map(wholeWord)),
  it: anyOf(wordsOf('it').map(wholeWord)),
  ko: anyOf(wordsOf('ko')),
};

function wordsOf(locale: Locale): string[] {
  return SELLING_WORDS[locale].split(/,\s+/);
}

function wholeWord(word: string): string {
  return `(?<!\\p{L})${word.replace('*', String.raw`\p{L}*`)}(?!\\p{L})`;
}

/** A per cent sign sells in every language. */
function anyOf(words: readonly string[]): RegExp {
  return new RegExp([...words, '%'].join('|'), 'giu');
}

/** Where a text sells: each word found, with its offset. */
export function sellingWords(text: string, locale: Locale): { word: string; offset: number }[] {
  return [...text.matchAll(SELLING[locale])].map((match) => ({ word: match[0], offset: match.index }));
}
