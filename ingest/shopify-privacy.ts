/**
 * Shopify's compliance webhooks, which every app has to answer: a customer asks for their data or to be erased, a shop has left.
 * Source: shopify.dev, "Privacy law compliance" (`customers/data_request`, `customers/redact`, `shop/redact`) and "Verify webhooks".
 * Pure, but for the hash.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { parsePhone } from '../domain/phone.ts';
import { maybeText, shopId } from './shop-order.ts';

/** By which of it a shop's customer is known to us. */
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
  /** A topic that is none of these. */
  | { readonly kind: 'other' }
  /** `problems` name fields, not values. */
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };

/** True if the body is signed with the shop's secret: base64 of HMAC-SHA-256 over the raw bytes, in `X-Shopify-Hmac-Sha256`. */
export function isSignedByShopify(rawBody: Buffer, signature: string, secret: string): boolean {
  const right = createHmac('sha256', secret).update(rawBody).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === right.length && timingSafeEqual(given, right);
}

const orders = z.array(shopId).nullish();
const customer = z.object({ id: shopId.nullish(), phone: maybeText }).nullish();

const dataRequest = z.object({ customer, orders_requested: orders, data_request: z.object({ id: shopId }) });
const redactRequest = z.object({ customer, orders_to_redact: orders });

/** `topic`: of `X-Shopify-Topic`. `json`: parsed so that large ids keep their digits. Numbers without a country are the brand's. */
export function privacyRequestFromShopify(topic: string, json: unknown, brandCountry: string): ShopPrivacyRequest {
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
    case 'shop/redact':
      return { kind: 'redact_shop' };
    default:
      return { kind: 'other' };
  }
}

function customerOf(
  about: z.output<typeof customer>,
  ids: z.output<typeof orders>,
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
