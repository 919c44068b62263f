/** Personal data in free text that is kept for good: e-mail addresses and phone numbers. */

/** A phone number with its country code. */
const WITH_COUNTRY = String.raw`(?:\+|\b00)\s?\d[\d\s()./-]{6,}`;
/** An e-mail address, or such a number. */
const ADDRESS = new RegExp(String.raw`\S@\S|${WITH_COUNTRY}`, 'u');
/** As many digits as the shortest phone number has, up to two signs between them: "333 1000777". */
const LONG_NUMBER = /\p{N}(?:[^\p{L}\p{N}]{0,2}\p{N}){6,}/u;

/** As a reader sees it: full-width and circled digits are digits too, and what cannot be seen separates nothing. */
const seen = (said: string): string => said.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFKC');

export const holdsNumber = (said: string): boolean => LONG_NUMBER.test(seen(said));
export const holdsPersonal = (said: string): boolean => ADDRESS.test(seen(said)) || holdsNumber(said);

/** A day as programs write it, which is the name of many a list: "crm 2026-03-02". */
const DAY = /(?<![\d+])(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)/g;
/** True if the source of a consent or a stop holds personal data; a day is none. */
export const namesPerson = (source: string): boolean => holdsPersonal(seen(source).replaceAll(DAY, 'day'));

const PARTS = new RegExp(String.raw`\S*@\S+|${WITH_COUNTRY}|${LONG_NUMBER.source}`, 'gu');
/** The source with `…` for each address and number. A day goes with them then: it looks like a number. */
export const withoutPerson = (source: string): string =>
  namesPerson(source) ? seen(source).replaceAll(PARTS, '…') : source;
