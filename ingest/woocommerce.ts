/** A WooCommerce order (REST API v3, `order.created` and `order.updated` webhooks) as a body for our API. Pure. */
import { z } from 'zod';
import { decodeEntities } from './html-entities.ts';
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
    country: textOrUndefined,
    state: textOrUndefined,
    city: textOrUndefined,
    postcode: textOrUndefined,
  })
  .nullish();

const lineItem = z.object({
  name: z.string().min(1),
  sku: textOrUndefined,
  product_id: shopId.nullish(),
  quantity: z.int().nonnegative(),
  price: readAmount,
});

const wooOrder = z.object({
  id: shopOrderId,
  number: shopId,
  status: z.string(),
  currency: z.string(),
  /** A time in UTC without a mark of the zone; `date_created` is the shop's local time. */
  date_created_gmt: z.iso.datetime({ local: true }),
  total: readAmount,
  customer_id: shopId.nullish(),
  billing: address,
  shipping: address,
  meta_data: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
  line_items: z.array(lineItem).min(1),
  shipping_lines: z.array(z.object({ method_id: z.string().nullish() })).nullish(),
});
type WooOrder = z.output<typeof wooOrder>;

export interface WooOptions extends ShopOptions {
  /** Where the shop's checkout form keeps its marketing box; WooCommerce itself has none. */
  readonly marketingMetaKey?: string;
}

const NOT_PLACED: readonly string[] = ['pending', 'failed', 'cancelled', 'checkout-draft', 'trash'];
const PICKUP: readonly string[] = ['local_pickup', 'pickup_location'];
/** Language plug-ins: WPML and Polylang. */
const LANGUAGE_KEYS: readonly string[] = ['wpml_language', 'pll_language'];
const TICKED: readonly unknown[] = [true, 1, '1', 'yes', 'true', 'on'];

/** `json`: the order, bare or under the key `order`, parsed so that large ids keep their digits. */
export function orderFromWooCommerce(
  json: unknown,
  { brandCountry, marketingWording, marketingMetaKey = 'marketing_opt_in' }: WooOptions,
): ShopOrder {
  const parsed = wooOrder.safeParse(unwrap(json));
  if (!parsed.success) return unreadable(parsed.error);
  const order = parsed.data;
  if (NOT_PLACED.includes(order.status)) return { kind: 'not_placed', why: order.status };
  const { billing, shipping } = order;
  const placedAt = `${order.date_created_gmt}Z`;
  const shippingAddress = addressOf(shipping?.country === undefined ? toAddress(billing) : toAddress(shipping));
  const { phone, notes } = textableOf(
    [billing?.phone, isOfBuyer(billing ?? undefined, shipping ?? undefined) ? shipping?.phone : undefined],
    shippingAddress?.country ?? brandCountry,
  );
  const ticked = order.meta_data?.some(({ key, value }) => key === marketingMetaKey && TICKED.includes(value)) ?? false;
  const language = order.meta_data?.find(({ key }) => LANGUAGE_KEYS.includes(key))?.value;
  const items = order.line_items.filter(({ quantity }) => quantity > 0).map((item) => toItem(item, order.total));
  if (items.length === 0) return { kind: 'unreadable', problems: ['line_items: nothing left'] };
  return {
    kind: 'order',
    notes,
    body: {
      id: order.id,
      name: `#${order.number}`,
      placedAt,
      currency: order.currency,
      total: order.total,
      fulfilment: fulfilmentOf(order),
      customer: withoutUndefined({
        // 0 means a guest.
        id: order.customer_id === '0' ? undefined : (order.customer_id ?? undefined),
        firstName: nameOf(billing?.first_name),
        lastName: nameOf(billing?.last_name),
        phone,
        locale: typeof language === 'string' ? shopLocaleOf(language) : undefined,
        consents:
          ticked && marketingWording !== undefined
            ? checkoutConsents(marketingWording, 'woocommerce checkout', placedAt)
            : undefined,
      }),
      ...(shippingAddress && { shippingAddress }),
      items,
    },
  };
}

function unwrap(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'order' in json ? json.order : json;
}

function toAddress(place: WooOrder['billing']): ShopAddress | undefined {
  return place
    ? { country: place.country, region: place.state, city: place.city, postcode: place.postcode }
    : undefined;
}

/** WooCommerce leaves the shipping lines empty when nothing in the basket is to be shipped. */
function fulfilmentOf({ shipping_lines: lines }: WooOrder): 'shipped' | 'pickup' | 'digital' {
  if (lines?.length === 0) return 'digital';
  return lines?.some(({ method_id }) => PICKUP.includes(method_id?.split(':')[0] ?? '')) ? 'pickup' : 'shipped';
}

/**
 * WooCommerce divides to get the price per piece (3.3333333), so it is rounded to as many decimals as the total has.
 */
function toItem(
  { name, sku, product_id, quantity, price }: WooOrder['line_items'][number],
  total: string | number,
): ItemRequest {
  const decimals = String(total).split('.')[1]?.length ?? 0;
  return {
    title: truncate(decodeEntities(name), 300),
    quantity,
    price: Number(price).toFixed(decimals),
    ...withoutUndefined({ sku: sku && truncate(sku, 100), productId: product_id ?? undefined }),
  };
}
