/** A Shopify order (Admin REST API or `orders/create` webhook) as a body for our API. Pure. */
import { z } from 'zod';
import type { ItemRequest, ShopAddress, ShopOptions, ShopOrder } from './shop-order.ts';
import {
  addressOf,
  readAmount,
  checkoutConsents,
  truncate,
  isOfBuyer,
  shopLocaleOf,
  nameOf,
  textOrUndefined,
  withoutUndefined,
  shopId,
  shopOrderId,
  textableOf,
  unreadable,
} from './shop-order.ts';

const address = z
  .object({
    first_name: textOrUndefined,
    last_name: textOrUndefined,
    phone: textOrUndefined,
    country_code: textOrUndefined,
    province_code: textOrUndefined,
    city: textOrUndefined,
    zip: textOrUndefined,
  })
  .nullish();

const lineItem = z.object({
  title: z.string().min(1),
  sku: textOrUndefined,
  product_id: shopId.nullish(),
  quantity: z.int().nonnegative(),
  price: readAmount,
  requires_shipping: z.boolean().nullish(),
});

const shopifyOrder = z.object({
  id: shopOrderId,
  name: z.string().min(1).max(40),
  created_at: z.iso.datetime({ offset: true }),
  cancelled_at: z.string().nullish(),
  financial_status: textOrUndefined,
  currency: z.string(),
  total_price: readAmount,
  phone: textOrUndefined,
  customer_locale: textOrUndefined,
  order_status_url: textOrUndefined,
  test: z.boolean().nullish(),
  customer: z
    .object({
      id: shopId.nullish(),
      first_name: textOrUndefined,
      last_name: textOrUndefined,
      phone: textOrUndefined,
      /**
       * The state of the subscription to texts. `buyer_accepts_marketing` and `email_marketing_consent` are about e-mail and give no
       * consent.
       */
      sms_marketing_consent: z
        .object({
          state: textOrUndefined,
          opt_in_level: textOrUndefined,
          consent_updated_at: z.iso.datetime({ offset: true }).nullish(),
        })
        .nullish(),
      orders_count: z.int().nonnegative().nullish(),
      default_address: address,
    })
    .nullish(),
  shipping_address: address,
  billing_address: address,
  line_items: z.array(lineItem).default([]),
});
type ShopifyOrder = z.output<typeof shopifyOrder>;

/** `json`: one order, bare or wrapped as the Admin API does, parsed so that large ids keep their digits. */
export function orderFromShopify(json: unknown, { brandCountry, marketingWording }: ShopOptions): ShopOrder {
  const parsed = shopifyOrder.safeParse(unwrap(json));
  if (!parsed.success) return unreadable(parsed.error);
  const order = parsed.data;
  if (order.cancelled_at) return { kind: 'not_placed', why: 'cancelled' };
  if (order.financial_status === 'voided') return { kind: 'not_placed', why: 'voided' };
  const { customer, shipping_address: shipping, billing_address: billing } = order;
  const place = shipping ?? billing ?? customer?.default_address;
  const shippingAddress = addressOf(toAddress(place));
  const buyer = customer ?? billing ?? undefined;
  const country = shippingAddress?.country ?? brandCountry;
  const { phone, notes } = textableOf(phonesOfBuyer(order), country);
  const consents =
    marketingWording === undefined ? undefined : smsConsents(order, { phone, country, marketingWording });
  const statusUrl = linkOf(order.order_status_url);
  const noLink = order.order_status_url !== undefined && statusUrl === undefined;
  const items = order.line_items.filter(({ quantity }) => quantity > 0).map(toItem);
  return {
    kind: 'order',
    notes: [...notes, ...(noLink ? ['order_status_url left out, it is not a link'] : [])],
    body: {
      id: order.id,
      name: order.name,
      placedAt: order.created_at,
      currency: order.currency,
      total: order.total_price,
      fulfilment: isDigital(order) ? 'digital' : 'shipped',
      ...(statusUrl !== undefined && { statusUrl }),
      ...(order.test === true && { test: true }),
      customer: {
        ...withoutUndefined({
          id: customer?.id ?? undefined,
          firstName: nameOf(buyer?.first_name),
          lastName: nameOf(buyer?.last_name),
          phone,
          locale: shopLocaleOf(order.customer_locale),
          earlierOrders: earlierOrders(order),
          consents,
        }),
      },
      ...(shippingAddress && { shippingAddress }),
      items,
    },
  };
}

/**
 * The buyer's numbers, the one given for this order first. The shipping address may be another recipient's, and the
 * customer's default address is that of the last delivery. Their numbers count as the buyer's only under the buyer's
 * own name.
 */
function phonesOfBuyer({ phone, customer, billing_address: billing, shipping_address: shipping }: ShopifyOrder) {
  const buyer = customer ?? billing ?? undefined;
  const others = [customer?.default_address, shipping].filter((one) => isOfBuyer(buyer, one ?? undefined));
  return [phone, customer?.phone, billing?.phone, ...others.map((one) => one?.phone)];
}

interface ConsentTo {
  readonly phone: string | undefined;
  readonly country: string;
  readonly marketingWording: string;
}

/** A subscription holds for the customer's own number only, and not for another number of the order. */
function smsConsents({ customer }: ShopifyOrder, { phone, country, marketingWording }: ConsentTo) {
  const { state, opt_in_level: level, consent_updated_at: at } = customer?.sms_marketing_consent ?? {};
  const subscribed = textableOf([customer?.phone], country).phone;
  if (state !== 'subscribed' || at == null || subscribed === undefined || subscribed !== phone) return undefined;
  return checkoutConsents(marketingWording, 'shopify sms_marketing_consent', at, `opt_in_level: ${level ?? 'unknown'}`);
}

function isDigital({ line_items: lines }: ShopifyOrder): boolean {
  return lines.length > 0 && lines.every((item) => item.requires_shipping === false);
}

/** A webhook's body is bare, the Admin API wraps one order in `order` and a list in `orders`. */
function unwrap(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if ('orders' in json && Array.isArray(json.orders) && json.orders.length === 1) return json.orders[0] as unknown;
  return 'order' in json ? json.order : json;
}

function toAddress(place: ShopifyOrder['shipping_address']): ShopAddress | undefined {
  return place
    ? { country: place.country_code, region: place.province_code, city: place.city, postcode: place.zip }
    : undefined;
}

/** Shopify counts this order too, as soon as it is complete. */
function earlierOrders({ customer }: ShopifyOrder): number | undefined {
  const count = customer?.orders_count;
  return typeof count === 'number' ? Math.max(0, count - 1) : undefined;
}

/** Of any length: the API says in a note that texts go without a long one, as Shopify's own are. */
function linkOf(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/[^\s\p{C}]+$/u.test(url) && URL.canParse(url) ? url : undefined;
}

function toItem({ title, sku, product_id, quantity, price }: ShopifyOrder['line_items'][number]): ItemRequest {
  return {
    title: truncate(title, 300),
    quantity,
    price,
    ...withoutUndefined({ sku: sku && truncate(sku, 100), productId: product_id ?? undefined }),
  };
}
