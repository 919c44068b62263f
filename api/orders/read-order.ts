/**
 * Turns accepted requests into orders and events of the domain: the part that needs the brand, the clock or other
 * fields.
 */
import type { PlacedContact } from '../../domain/place/contact-place.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { Correction } from '../../domain/orders/correction.ts';
import { LONGEST_STATUS_LINK } from '../../domain/orders/link-hosts.ts';
import { DAY, MINUTE } from '../../domain/time/duration.ts';
import { endOfDate } from '../../domain/time/local-time.ts';
import type { Locale } from '../../domain/sending/message.ts';
import { LOCALES } from '../../domain/sending/message.ts';
import type { Customer, Order } from '../../domain/orders/order.ts';
import type { PhoneProblem } from '../../domain/contacts/phone.ts';
import { namesCountry, parsePhone } from '../../domain/contacts/phone.ts';
import { decimalsOf, toMinor } from './money.ts';
import type { FieldError } from '../http/problem.ts';
import { invalid } from '../http/problem.ts';
import type { EventBody } from './event-schema.ts';
import type { OrderBody } from './schema.ts';
import { orderPhone } from './schema.ts';

/** A shop's clock may be ahead, but not by more than a day. */
const LONGEST_AHEAD = DAY;
/**
 * The tolerance for clocks that differ a little. A consent from the future would outlive a withdrawal that comes
 * before it, and a parcel that will arrive tonight would be reported as arrived.
 */
export const CLOCK_LEEWAY = 5 * MINUTE;
/** A pre-order may be promised far ahead. A date beyond this limit is a typo that would keep an order open for ever. */
const LONGEST_PROMISE = 2 * 365 * DAY;
export const EARLIEST = Date.UTC(2000, 0, 1);

/** Throws the problem `invalid` with every mistake found. */
export function toOrder(body: OrderBody, { brand, now, zoneOf }: OrderReading): Order {
  const errors: FieldError[] = [...pastErrors('/placedAt', body.placedAt, now)];
  const money = (pointer: string, amount: string): number => {
    const minor = toMinor(amount, body.currency);
    if (minor === undefined)
      errors.push({ pointer, detail: `must have ${decimalsOf(body.currency)} at most: it is in ${body.currency}` });
    return minor ?? 0;
  };
  const total = { minor: money('/total', body.total), currency: body.currency };
  const items = body.items.map(({ price, ...item }, index) => ({
    ...item,
    priceMinor: money(`/items/${index}/price`, price),
  }));
  body.customer.consents?.forEach(({ at }, index) =>
    errors.push(...pastErrors(`/customer/consents/${index}/at`, at, now)),
  );
  const customer = toCustomer(body, brand, errors, now);
  const deliveryZone = zoneOf({
    ...body.shippingAddress,
    shopZone: customer.zone,
    ...(customer.phone && { address: customer.phone }),
  });
  const promisedAt =
    body.promisedAt === undefined ? undefined : readMoment(body.promisedAt, deliveryZone ?? brand.zone);
  if (promisedAt !== undefined) {
    errors.push(...promiseErrors('/promisedAt', promisedAt, now));
    errors.push(...promiseOfOrderErrors('/promisedAt', promisedAt, happenedAt(body.placedAt, now)));
  }
  if (errors.length > 0) throw invalid(errors);
  const { id, name, placedAt, fulfilment, statusUrl, parcelCount, test } = body;
  return {
    id,
    name,
    placedAt: happenedAt(placedAt, now),
    total,
    fulfilment,
    customer,
    place: body.shippingAddress ?? {},
    items,
    ...(statusUrl !== undefined && statusUrl.length <= LONGEST_STATUS_LINK && { statusUrl }),
    ...(promisedAt !== undefined && { promisedAt }),
    ...(parcelCount !== undefined && { parcelCount }),
    ...(deliveryZone !== undefined && { deliveryZone }),
    ...(test !== undefined && { test }),
  };
}

export interface OrderReading {
  readonly brand: Brand;
  readonly now: number;
  readonly zoneOf: ZoneOf;
}

/** The zone of a place that orders are delivered to. Undefined: it is not known. */
export type ZoneOf = (place: PlacedContact) => string | undefined;

/** A promised date is the end of that day. */
export function readMoment(promised: number | string, zone: string): number {
  return typeof promised === 'number' ? promised : endOfDate(promised, zone);
}

function toCustomer(
  { customer, shippingAddress }: OrderBody,
  brand: Brand,
  errors: FieldError[],
  now: number,
): Customer {
  const { phone: rawPhone, locale, timeZone, consents = [], ...rest } = customer;
  const home = shippingAddress?.country ?? brand.country;
  const phone = rawPhone === undefined ? undefined : parsePhone(rawPhone, home);
  if (phone?.kind === 'invalid') errors.push(phoneError(phone.why, rawPhone, home));
  return {
    ...rest,
    // A shop's clock may be fast, but the statement was made by now.
    consents: consents.map((consent) => ({ ...consent, at: Math.min(consent.at, now) })),
    ...(phone?.kind === 'ok' && {
      phone: { e164: phone.e164, ...(phone.country !== undefined && { country: phone.country }) },
    }),
    ...(locale !== undefined && { locale: localeOf(locale) }),
    ...(timeZone !== undefined && { zone: timeZone }),
  };
}

/**
 * The mistake of the number in an order that has other mistakes. Undefined if the address that decides the number's
 * country is one of them.
 */
export function phoneMistake(json: unknown, brand: Brand): FieldError[] {
  const { data } = orderPhone.safeParse(json);
  if (!data) return [];
  const home = data.shippingAddress?.country ?? brand.country;
  const phone = parsePhone(data.customer.phone, home);
  return phone.kind === 'invalid' ? [phoneError(phone.why, data.customer.phone, home)] : [];
}

function phoneError(why: PhoneProblem, written: string | undefined, country: string): FieldError {
  return { pointer: '/customer/phone', detail: notTextable(why, written, country, 'shippingAddress.country') };
}

/**
 * The reason why a number cannot get texts. A number without a country code may be right in another country than the
 * one it was read with, so that country and the `field` that sets it are named. The number itself is not repeated.
 */
export function notTextable(why: PhoneProblem, written: string | undefined, country: string, field: string): string {
  const said = `cannot be texted: ${why}`;
  if (written === undefined || namesCountry(written) || why === 'not_a_number' || why === 'extension') return said;
  return `${said}; read as a number of ${country}: write it with + and country code, or give ${field}`;
}

/** Reads a correction of an order; `country` reads a number without one. It has to correct at least one part. */
export function toCorrection(
  {
    customer = {},
    shippingAddress,
  }: Pick<Extract<EventBody, { type: 'order_corrected' }>, 'customer' | 'shippingAddress'>,
  country: string,
  errors: FieldError[],
): Correction {
  const { phone: written, ...name } = customer;
  const home = shippingAddress?.country ?? country;
  const phone = written === undefined ? undefined : parsePhone(written, home);
  if (phone?.kind === 'invalid') errors.push(phoneError(phone.why, written, home));
  const isNamed = Object.keys(name).length > 0;
  const isPlaced = shippingAddress !== undefined && Object.keys(shippingAddress).length > 0;
  if (phone === undefined && !isNamed && !isPlaced)
    errors.push({ pointer: '', detail: 'must name what to correct: a phone, a name or an address' });
  return {
    ...(phone?.kind === 'ok' && {
      phone: { e164: phone.e164, ...(phone.country !== undefined && { country: phone.country }) },
    }),
    ...(isNamed && { name }),
    ...(isPlaced && { place: shippingAddress }),
  };
}

/** The language of a tag if we have texts in it, else English. */
function localeOf(tag: string): Locale {
  const language = tag.split(/[-_]/)[0]?.toLowerCase();
  return LOCALES.find((locale) => locale === language) ?? 'en';
}

/** Something that is said to have happened. */
export function pastErrors(pointer: string, at: number, now: number): FieldError[] {
  if (at > now + LONGEST_AHEAD) return [{ pointer, detail: 'must not be more than 24 hours in the future' }];
  return at < EARLIEST ? [{ pointer, detail: 'must not be before the year 2000' }] : [];
}

/** The moment at which a reported event counts as having happened, epoch ms. */
export function happenedAt(at: number, now: number): number {
  return Math.min(at, now + CLOCK_LEEWAY);
}

/** The moment is further in the future than clocks differ. */
export function isAhead(at: number, now: number): boolean {
  return at > now + CLOCK_LEEWAY;
}

/** A note for the sender that its moment was not believed. */
export function futureNotes(pointer: string, at: number, now: number): FieldError[] {
  return isAhead(at, now)
    ? [{ pointer, detail: 'is in the future: it was taken as 5 minutes after it arrived here' }]
    : [];
}

/** A consent or its withdrawal by itself. */
export function consentErrors(pointer: string, at: number, now: number): FieldError[] {
  if (isAhead(at, now)) return [{ pointer, detail: 'must not be in the future' }];
  return pastErrors(pointer, at, now);
}

/** Something that is to happen. */
export function promiseErrors(pointer: string, at: number, now: number): FieldError[] {
  if (at > now + LONGEST_PROMISE) return [{ pointer, detail: 'must not be more than two years in the future' }];
  return at < EARLIEST ? [{ pointer, detail: 'must not be before the year 2000' }] : [];
}

/** A promise about an order. Zones that a shop leaves out move it by less than a day. */
export function promiseOfOrderErrors(pointer: string, at: number, placedAt: number): FieldError[] {
  // It is told as such already.
  if (at < EARLIEST) return [];
  return at < placedAt - DAY ? [{ pointer, detail: 'must not be before the order was placed' }] : [];
}
