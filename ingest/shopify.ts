/** A Shopify order (Admin REST API or `orders/create` webhook) as a body for our API. Pure. */
import { z } from 'zod';
import type { ItemRequest, ShopAddress, ShopOptions, ShopOrder } from './shop-order.ts';
import {
  addressOf,
  amount,
  checkoutConsents,
  cut,
  localeOf,
  nameOf,
  maybeText,
  present,
  shopId,
  textableOf,
  unreadable,
} from './shop-order.ts';

const address = z
  .object({
    first_name: maybeText,
    last_name: maybeText,
    phone: maybeText,
    country_code: maybeText,
    province_code: maybeText,
    city: maybeText,
    zip: maybeText,
  })
  .nullish();

const lineItem = z.object({
  title: z.string().min(1),
  sku: maybeText,
  product_id: shopId.nullish(),
  quantity: z.int().nonnegative(),
  price: amount,
  requires_shipping: z.boolean().nullish(),
});

const shopifyOrder = z.object({
  id: shopId,
  name: z.string().min(1).max(40),
  created_at: z.iso.datetime({ offset: true }),
  cancelled_at: z.string().nullish(),
  financial_status: maybeText,
  currency: z.string(),
  total_price: amount,
  phone: maybeText,
  buyer_accepts_marketing: z.boolean().nullish(),
  customer_locale: maybeText,
  order_status_url: maybeText,
  customer: z
    .object({
      id: shopId.nullish(),
      first_name: maybeText,
      last_name: maybeText,
      phone: maybeText,
      orders_count: z.int().nonnegative().nullish(),
      default_address: address,
    })
    .nullish(),
  shipping_address: address,
  billing_address: address,
  line_items: z.array(lineItem).default([]),
});
type ShopifyOrder = z.output<typeof shopifyOrder>;

/** Links stand in text messages; Shopify's own are longer than most texts, a brand's short domain is not. */
const LONGEST_LINK = 40;

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
  const phones = [shipping?.phone, order.phone, customer?.phone, billing?.phone, customer?.default_address?.phone];
  const { phone, notes } = textableOf(phones, shippingAddress?.country ?? brandCountry);
  const consents =
    order.buyer_accepts_marketing === true && marketingWording !== undefined
      ? checkoutConsents(marketingWording, 'shopify checkout', order.created_at)
      : undefined;
  const statusUrl = shortLink(order.order_status_url);
  const items = order.line_items.filter(({ quantity }) => quantity > 0).map(toItem);
  return {
    kind: 'order',
    notes,
    body: {
      id: order.id,
      name: order.name,
      placedAt: order.created_at,
      currency: order.currency,
      total: order.total_price,
      fulfilment: isDigital(order) ? 'digital' : 'shipped',
      ...(statusUrl !== undefined && { statusUrl }),
      customer: {
        ...present({
          id: customer?.id ?? undefined,
          firstName: nameOf(customer?.first_name ?? place?.first_name),
          lastName: nameOf(customer?.last_name ?? place?.last_name),
          phone,
          locale: localeOf(order.customer_locale),
          earlierOrders: earlierOrders(order),
          consents,
        }),
      },
      ...(shippingAddress && { shippingAddress }),
      items,
    },
  };
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

/** Shopify counts this order too, once it is through. */
function earlierOrders({ customer }: ShopifyOrder): number | undefined {
  const count = customer?.orders_count;
  return typeof count === 'number' ? Math.max(0, count - 1) : undefined;
}

function shortLink(url: string | undefined): string | undefined {
  return url !== undefined && url.length <= LONGEST_LINK && /^https?:\/\//.test(url) ? url : undefined;
}

function toItem({ title, sku, product_id, quantity, price }: ShopifyOrder['line_items'][number]): ItemRequest {
  return {
    title: cut(title, 300),
    quantity,
    price,
    ...present({ sku: sku && cut(sku, 100), productId: product_id ?? undefined }),
  };
}
