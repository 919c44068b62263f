/** The common part of all shop adapters: their result, and how they take the fields of our API from a shop's order. */
import { z } from 'zod';
import { sameName } from '../domain/contacts/identity.ts';
import { fitsInPath } from '../domain/orders/order-id.ts';
import { isDestination, parsePhone } from '../domain/contacts/phone.ts';

export interface ShopOptions {
  /** ISO 3166-1 alpha-2: reads phone numbers without a country when the order names none. */
  readonly brandCountry: string;
  /** The exact words beside the marketing box of the checkout. Without them there is no proof, and so no consent. */
  readonly marketingWording?: string;
}

/** A body for POST /v1/orders, as plain JSON. */
export interface OrderRequest {
  readonly id: string;
  readonly name: string;
  readonly placedAt: string;
  readonly currency: string;
  readonly total: string | number;
  readonly fulfilment: 'shipped' | 'pickup' | 'digital';
  readonly statusUrl?: string;
  readonly test?: true;
  readonly customer: {
    readonly id?: string;
    readonly firstName?: string;
    readonly lastName?: string;
    readonly phone?: string;
    readonly locale?: string;
    readonly earlierOrders?: number;
    readonly consents?: readonly ConsentRequest[];
  };
  readonly shippingAddress?: {
    readonly country?: string;
    readonly region?: string;
    readonly city?: string;
    readonly postcode?: string;
  };
  readonly items: readonly ItemRequest[];
}

export interface ConsentRequest {
  readonly class: 'promotional' | 'service_feedback';
  readonly action: 'granted';
  readonly basis: 'express_written';
  readonly wording: string;
  readonly source: string;
  readonly evidence?: { readonly note: string };
  readonly at: string;
}

export interface ItemRequest {
  readonly sku?: string;
  readonly productId?: string;
  readonly title: string;
  readonly quantity: number;
  readonly price: string | number;
}

export type ShopOrder =
  /** `notes`: the parts that were left out, with the reason and without any value. */
  | { readonly kind: 'order'; readonly body: OrderRequest; readonly notes: readonly string[] }
  /** Unpaid, failed or cancelled: the order gets no messages. */
  | { readonly kind: 'not_placed'; readonly why: string }
  /** Not an order of this shop. `problems` name fields, not values. */
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };

/** A text field that may be missing, null or empty, which all mean the same. */
export const textOrUndefined = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || undefined);

/** An id, digit for digit: bodies are parsed so that large numbers come as strings. */
export const shopId = z.union([z.string().min(1).max(64), z.int().nonnegative()]).transform(String);

/** Undefined: POST /v1/orders would refuse the value. */
export const shopOrderId = shopId.refine(fitsInPath);

export const readAmount = z.union([z.string(), z.number()]);

export function unreadable(error: z.ZodError): Extract<ShopOrder, { kind: 'unreadable' }> {
  return { kind: 'unreadable', problems: error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`) };
}

/** The first number that can get texts, in E.164. A note says so if there were only others. */
export function textableOf(
  candidates: readonly (string | undefined)[],
  country: string,
): { readonly phone?: string; readonly notes: readonly string[] } {
  const parsed = candidates.filter((one) => one !== undefined).map((one) => parsePhone(one, country));
  const usable = parsed.find((one) => one.kind === 'ok');
  if (usable) return { phone: usable.e164, notes: [] };
  const first = parsed.find((one) => one.kind === 'invalid');
  return { notes: [first ? `phone left out, it cannot be texted: ${first.why}` : 'no phone'] };
}

/** Consents from a box ticked at the checkout: marketing and feedback requests. `note`: the method of collection. */
export function checkoutConsents(
  wording: string,
  source: string,
  at: string,
  note?: string,
): readonly ConsentRequest[] {
  return (['promotional', 'service_feedback'] as const).map((name) => ({
    class: name,
    action: 'granted',
    basis: 'express_written',
    wording,
    source,
    ...(note !== undefined && { evidence: { note } }),
    at,
  }));
}

/**
 * Whether an address is the buyer's, by first and last name: a family, or strangers, may share one of the two. The
 * number of a recipient is never taken for the buyer's, nor the other way round.
 */
export function isOfBuyer(buyer: PersonName | undefined, address: PersonName | undefined): boolean {
  const [one, other] = [buyer, address].map((of) => ({ firstName: of?.first_name, lastName: of?.last_name }));
  const inFull = [one, other].every((of) => of?.firstName !== undefined && of.lastName !== undefined);
  return inFull && sameName(one ?? {}, other ?? {}) === true;
}

interface PersonName {
  readonly first_name?: string | undefined;
  readonly last_name?: string | undefined;
}

/** The first `length` UTF-16 units, never half a character. */
export function truncate(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/** A person's name as our API takes it. */
export function nameOf(name: string | undefined): string | undefined {
  return name && truncate(name, 100);
}

export interface ShopAddress {
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly city?: string | undefined;
  readonly postcode?: string | undefined;
}

/** An address as our API takes it; undefined when nothing of it is known. */
export function addressOf(address: ShopAddress | undefined): OrderRequest['shippingAddress'] {
  const { country, region, city, postcode } = address ?? {};
  const known = withoutUndefined({
    country: country !== undefined && isDestination(country) ? country : undefined,
    region: region && truncate(region, 100),
    city: city && truncate(city, 100),
    postcode: postcode && truncate(postcode, 20),
  });
  return Object.keys(known).length > 0 ? known : undefined;
}

const LOCALE = /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/;

export function shopLocaleOf(tag: string | undefined): string | undefined {
  return tag !== undefined && LOCALE.test(tag) ? tag : undefined;
}

/** The entries of an object that have a value. */
export function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
