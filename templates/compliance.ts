/** The words the law or a network's rules want in a text, and the words that make a text an advertisement. */
import type { Locale, MessageKind } from '../domain/sending/message.ts';

/** The lines that say how to refuse, and how to reach the brand. */
export interface Words {
  readonly reply: string;
  readonly code: (code: string) => string;
  readonly phone: (phone: string) => string;
  readonly link: (url: string) => string;
  readonly contact: (contact: string) => string;
}

const WORDS: Readonly<Record<Locale, Words>> = {
  en: {
    reply: 'Reply STOP to opt out',
    code: (code) => `STOP to ${code} to opt out`,
    phone: (phone) => `Opt out: ${phone}`,
    link: (url) => `Opt out: ${url}`,
    contact: (contact) => `Info ${contact}`,
  },
  it: {
    reply: 'Rispondi STOP per non riceverne',
    code: (code) => `STOP al ${code} per non riceverne`,
    phone: (phone) => `Per non riceverne: ${phone}`,
    link: (url) => `Per non riceverne: ${url}`,
    contact: (contact) => `Info ${contact}`,
  },
  ko: {
    reply: '수신거부 STOP 회신',
    code: (code) => `수신거부 ${code}로 STOP`,
    phone: (phone) => `무료수신거부 ${phone}`,
    link: (url) => `무료수신거부 ${url}`,
    contact: (contact) => `문의 ${contact}`,
  },
};

/**
 * Where the law or the networks know one wording, it holds whatever language the text is in. Korea: Act on Promotion of Information
 * and Communications Network Utilization, art. 50. France: carriers look for STOP and the code.
 */
const WORDS_OF_THE_LAW: Readonly<Record<string, Partial<Words>>> = {
  KR: WORDS.ko,
  FR: { code: (code) => `STOP au ${code}` },
};

/** The words of a language, or of the law in those of the places that have their own. */
export function wordsFor(locale: Locale, jurisdictions: readonly string[]): Words {
  return jurisdictions.reduce((words, id) => ({ ...words, ...WORDS_OF_THE_LAW[id] }), WORDS[locale]);
}

/** Every wording there is of one language, the law's included. */
export function allWords(locale: Locale): readonly Words[] {
  return [[], ...Object.keys(WORDS_OF_THE_LAW).map((id) => [id])].map((ids) => wordsFor(locale, ids));
}

/** The label at the start of an advertisement in some countries. The renderer adds it, by the recipient's place. */
export const LABEL = /[([<【〈]\s*(?:광\s*고|ADV?|PUBLI)\s*[)\]>】〉]/iu;

/**
 * Words that a vetted sender must use (US carriers, CTIA): a reply to an opt-in names cost and help, an opt-out says that
 * it is over. Data rates stand under a condition, for numbers of the US and Canada only.
 */
const OVER: Readonly<Record<Locale, readonly string[]>> = {
  en: ['no further messages'],
  it: ['nessun altro messaggio'],
  ko: ['더 이상'],
};
export const REQUIRED_WORDS: Readonly<Partial<Record<MessageKind, Readonly<Record<Locale, readonly string[]>>>>> = {
  opt_in_confirmed: { en: ['HELP', 'data rates may apply', 'frequency'], it: ['AIUTO'], ko: [] },
  opt_out_confirmed: OVER,
  opt_out_or_order: OVER,
};

/** Placeholders that a kind cannot do without: HELP must name a way to reach the brand (CTIA). */
export const REQUIRED_PLACEHOLDERS: Readonly<Partial<Record<MessageKind, readonly string[]>>> = {
  help: ['brand.supportUrl'],
  opt_in_confirmed: ['opt_out'],
  access_code: ['code.digits'],
  // If the sender takes no replies, the person takes the request back on the page.
  erasure_planned: ['brand.preferencesUrl'],
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
