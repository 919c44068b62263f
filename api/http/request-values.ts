/** Values that the API accepts: shapes that depend neither on the clock nor on the brand. */
import { z } from 'zod';
import { PHONE_PROBLEMS, isDestination } from '../../domain/contacts/phone.ts';
import { DECIMAL, isCurrency } from '../orders/money.ts';
import { fitsInPath } from '../../domain/orders/order-id.ts';
import { NOT_A_CURSOR } from './problem.ts';

/** PostgreSQL stores neither NUL nor half a surrogate pair; JSON can spell both. */
function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

export function text(max: number) {
  return z.string().min(1).max(max).refine(isStorable, 'must not contain a character that cannot be stored');
}

/** A number as people write it. Whether it can get texts depends on a country: the body's, else the brand's. */
export const phone = text(40).describe(
  `With + and country code. Without, it is read as one of the country of the address, else of the brand. Refused as "cannot be texted" with one of: ${PHONE_PROBLEMS.join(', ')}`,
);

/**
 * Ids are opaque: an integer is the string of its digits, all of them. `parseJson` gives those past 2^53 - 1 as such strings; a number that
 * has none in its source (1e21) is refused.
 */
export function opaqueId(max: number) {
  return z
    .union([text(max), z.int().nonnegative()], {
      error: `must be an id: text of 1 to ${max} characters, or an integer`,
    })
    .transform(String);
}

/** The id of an order, event or parcel. No e-mail address fits, and no phone number with its +. */
export function travellingId(max: number) {
  return opaqueId(max).refine(
    (id) => /^[A-Za-z0-9._:#/-]+$/.test(id),
    'must have letters, digits and . _ : # / - only: ids stand in Temporal, where nothing is encrypted',
  );
}

const NO_INSTANT = 'must be an existing date and time with zone (ISO 8601), such as 2026-03-02T22:41:00+01:00';
/** PostgreSQL has no year 0. In the last hours of 9999 a zone makes a year of five digits, which PostgreSQL does not read either. */
const [FIRST_INSTANT, LAST_INSTANT] = [Date.UTC(1900, 0, 1), Date.UTC(9999, 11, 31)];

export const instant = z.iso
  .datetime({ offset: true, error: NO_INSTANT })
  .transform((value) => Date.parse(value))
  .refine((at) => at >= FIRST_INSTANT && at <= LAST_INSTANT, NO_INSTANT);

const NO_PROMISE = 'must be an existing date (2026-03-05), or a date and time with zone (2026-03-05T18:00:00+01:00)';

/** Epoch ms, or a date `YYYY-MM-DD`, which means the end of that day where the order is delivered. */
export const promise = z
  .union([instant, z.iso.date()], { error: NO_PROMISE })
  .describe('A date without a time means the end of that day where the order is delivered.');

/** Digits are kept: it becomes minor units once the currency is known. */
export const amount = z
  .union([z.string(), z.number()], { error: 'must be a decimal such as "409.94"' })
  .transform(String)
  .pipe(z.string().regex(DECIMAL, 'must be a decimal such as "409.94", not negative and below 10^12'));

export const currency = z.string().refine(isCurrency, 'must be a currency of ISO 4217, such as EUR');
/**
 * A code that is no country's is refused. If it were accepted, no number there would get texts and no law would hold.
 */
export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, { error: 'must be a code of ISO 3166-1: two capital letters', abort: true })
  .refine(isDestination, 'must be a country of ISO 3166-1: the United Kingdom is GB, Greece is GR');
export const locale = z
  .string()
  .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/, 'must be a language tag such as it or pt-BR');

/** A URL of any length. If it is too long for a text, the text leaves it out and the sender is told. */
export const link = z.url({ protocol: /^https?$/ }).refine(isStorable);
export const url = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine(isStorable);

export const timeZone = z.string().refine((zone) => {
  try {
    return (
      /^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
    );
  } catch {
    return false;
  }
}, 'must be a time zone of IANA, such as Europe/Rome');

// Finds personal data in free text that is kept for good: e-mail addresses and phone numbers.

/** A phone number with its country code. */
const WITH_COUNTRY = String.raw`(?:\+|\b00)\s?\d[\d\s()./-]{6,}`;
/** An e-mail address, or such a number. */
const ADDRESS = new RegExp(String.raw`\S@\S|${WITH_COUNTRY}`, 'u');
/** As many digits as the shortest phone number has, up to two signs between them: "333 1000777". */
const LONG_NUMBER = /\p{N}(?:[^\p{L}\p{N}]{0,2}\p{N}){6,}/u;

/** Text as a reader sees it: full-width and circled digits become digits, and invisible characters are removed. */
const seen = (said: string): string => said.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFKC');

export const holdsNumber = (said: string): boolean => LONG_NUMBER.test(seen(said));
export const holdsPersonal = (said: string): boolean => ADDRESS.test(seen(said)) || holdsNumber(said);

/** A day as programs write it. Many lists are named after one: "crm 2026-03-02". */
const DAY = /(?<![\d+])(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)/g;
/** True if the source of a consent or a stop holds personal data; a day is none. */
export const namesPerson = (source: string): boolean => holdsPersonal(seen(source).replaceAll(DAY, 'day'));

const PARTS = new RegExp(String.raw`\S*@\S+|${WITH_COUNTRY}|${LONG_NUMBER.source}`, 'gu');
/**
 * The source with `…` for each address and number. In such a source a day is replaced as well, because it looks like
 * a number.
 */
export const withoutPerson = (source: string): string =>
  namesPerson(source) ? seen(source).replaceAll(PARTS, '…') : source;

/** As they stand in paths: what does not fit cannot exist. */
export const orderId = travellingId(64).refine(fitsInPath, 'must not be . or .., which no path can have');
export const contactId = z.uuid();
export const erasureId = z.uuid();
export const brandId = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/);
export const messageId = z.uuid();
/** The id of the last row of a page, as its `next` gives it out. */
export const rowCursor = z.string().regex(/^[1-9]\d{0,14}$/, NOT_A_CURSOR);
/** Of a case or a block. */
export const rowId = z.string().regex(/^[1-9]\d{0,14}$/);
