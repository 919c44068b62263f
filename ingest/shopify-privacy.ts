/**
 * Shopify's compliance webhooks, which every app has to answer: a customer asks for their data or to be erased, a shop has left.
 * Source: shopify.dev, "Privacy law compliance" (`customers/data_request`, `customers/redact`, `shop/redact`) and "Verify webhooks".
 * Pure, but for the hash.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { parsePhone } from '../domain/contacts/phone.ts';
import { textOrUndefined, shopId } from './shop-order.ts';

/** The Shopify shop of a brand. */
export interface ShopifyShop {
  /** Secrets that it signs webhooks with: the newest first, then former ones for as long as they may be in use. */
  readonly secrets: readonly [string, ...string[]];
  /** `something.myshopify.com`: the shop's own name for itself in its webhooks. */
  readonly domain: string;
}

/** The ways in which a webhook names a customer. */
export interface ShopCustomer {
  /** The shop's id of the customer. */
  readonly id?: string;
  /** E.164. */
  readonly phone?: string;
  readonly orders: readonly string[];
}

export type ShopPrivacyRequest =
  /** `reference`: the shop's own id of the request. */
  | { readonly kind: 'data_request'; readonly customer: ShopCustomer; readonly reference: string }
  | { readonly kind: 'redact_customer'; readonly customer: ShopCustomer }
  | { readonly kind: 'redact_shop' }
  /** A topic that is not one of these. */
  | { readonly kind: 'other' }
  /** `problems` name fields, not values. */
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };

/** True if the body is signed by the shop: base64 of HMAC-SHA-256 over the raw bytes, in `X-Shopify-Hmac-Sha256`. */
export function isSignedByShopify(rawBody: Buffer, signature: string, secrets: ShopifyShop['secrets']): boolean {
  const given = Buffer.from(signature, 'base64');
  return secrets.some((secret) => {
    const right = createHmac('sha256', secret).update(rawBody).digest();
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

/**
 * The topic is not signed, only the body: a stranger who has seen a body can send it under any topic. So each topic accepts only a body
 * with its own fields and without those of other topics. `shop/redact` has nothing but the shop, so any other field shows another topic.
 */
const absent = z.undefined('belongs to another topic').optional();
const shop = { shop_id: shopId, shop_domain: z.string() };
const orders = z.array(shopId);
const customer = z.object({ id: shopId.nullish(), phone: textOrUndefined });

const dataRequest = z.object({
  ...shop,
  customer: customer.nullish(),
  orders_requested: orders.nullish(),
  data_request: z.object({ id: shopId }),
  orders_to_redact: absent,
});
const redactRequest = z.object({
  ...shop,
  customer,
  orders_to_redact: orders,
  orders_requested: absent,
  data_request: absent,
});
const shopRedact = z.strictObject(shop);

/** The brand's country, for numbers without one, and the brand's own shop, which the body has to name. */
export interface ShopPlace {
  readonly country: string;
  readonly domain: string;
}

/** `topic`: of `X-Shopify-Topic`. `json`: parsed so that large ids keep their digits. */
export function privacyRequestFromShopify(topic: string, json: unknown, place: ShopPlace): ShopPrivacyRequest {
  const request = requestOf(topic, json, place);
  if (request.kind === 'unreadable' || request.kind === 'other') return request;
  // The header with the shop is not signed. This field of the body is.
  const { shop_domain: about } = z.object({ shop_domain: z.string() }).parse(json);
  return about.toLowerCase() === place.domain.toLowerCase()
    ? request
    : { kind: 'unreadable', problems: ['shop_domain: another shop’s'] };
}

function requestOf(topic: string, json: unknown, { country: brandCountry }: ShopPlace): ShopPrivacyRequest {
  switch (topic) {
    case 'customers/data_request': {
      const parsed = dataRequest.safeParse(json);
      if (!parsed.success) return unreadable(parsed.error);
      const { customer: about, orders_requested: ids, data_request: request } = parsed.data;
      return { kind: 'data_request', customer: customerOf(about, ids, brandCountry), reference: request.id };
    }
    case 'customers/redact': {
      const parsed = redactRequest.safeParse(json);
      if (!parsed.success) return unreadable(parsed.error);
      const { customer: about, orders_to_redact: ids } = parsed.data;
      return { kind: 'redact_customer', customer: customerOf(about, ids, brandCountry) };
    }
    case 'shop/redact': {
      const parsed = shopRedact.safeParse(json);
      return parsed.success ? { kind: 'redact_shop' } : unreadable(parsed.error);
    }
    default:
      return { kind: 'other' };
  }
}

function customerOf(
  about: z.output<typeof customer> | null | undefined,
  ids: z.output<typeof orders> | null | undefined,
  brandCountry: string,
): ShopCustomer {
  const phone = about?.phone === undefined ? undefined : parsePhone(about.phone, brandCountry);
  return {
    ...(about?.id != null && { id: about.id }),
    ...(phone?.kind === 'ok' && { phone: phone.e164 }),
    orders: ids ?? [],
  };
}

function unreadable(error: z.ZodError): ShopPrivacyRequest {
  return { kind: 'unreadable', problems: error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`) };
}
