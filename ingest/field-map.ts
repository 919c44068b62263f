/** Which field of a shop's order becomes which field of ours, for people. The adapters in this folder do it. */
import type { ShopSystem } from './foreign-order.ts';

export interface FieldRow {
  /** As POST /v1/orders takes it. */
  readonly field: string;
  /** The place in the shop's order. Absent: that system has none. */
  readonly from: Readonly<Partial<Record<ShopSystem, string>>>;
}

const row = (field: string, Shopify: string | undefined, WooCommerce?: string): FieldRow => ({
  field,
  from: { ...(Shopify !== undefined && { Shopify }), ...(WooCommerce !== undefined && { WooCommerce }) },
});

export const FIELD_MAP: readonly FieldRow[] = [
  row('id', 'id', 'id'),
  row('name', 'name', 'number, with # before it'),
  row('placedAt', 'created_at', 'date_created_gmt, with Z behind it'),
  row('currency', 'currency', 'currency'),
  row('total', 'total_price', 'total'),
  row(
    'fulfilment',
    'digital if no line has requires_shipping, else shipped',
    'pickup if shipping_lines has local_pickup, digital if it is empty, else shipped',
  ),
  row('statusUrl', 'order_status_url'),
  row('test', 'test'),
  row('customer.id', 'customer.id', 'customer_id, but not 0'),
  row('customer.firstName', 'customer.first_name', 'billing.first_name'),
  row('customer.lastName', 'customer.last_name', 'billing.last_name'),
  row('customer.phone', 'phone, else customer.phone, else billing_address.phone', 'billing.phone'),
  row('customer.locale', 'customer_locale', 'the value of wpml_language or pll_language in meta_data'),
  row('customer.earlierOrders', 'customer.orders_count, less this one'),
  row(
    'customer.consents',
    'customer.sms_marketing_consent if its state is subscribed, with the words of your checkout',
    'the box of your checkout in meta_data, with its words',
  ),
  row('shippingAddress.country', 'shipping_address.country_code', 'shipping.country'),
  row('shippingAddress.region', 'shipping_address.province_code', 'shipping.state'),
  row('shippingAddress.city', 'shipping_address.city', 'shipping.city'),
  row('shippingAddress.postcode', 'shipping_address.zip', 'shipping.postcode'),
  row('items.sku', 'line_items.sku', 'line_items.sku'),
  row('items.productId', 'line_items.product_id', 'line_items.product_id'),
  row('items.title', 'line_items.title', 'line_items.name'),
  row('items.quantity', 'line_items.quantity', 'line_items.quantity'),
  row('items.price', 'line_items.price', 'line_items.price, rounded as the total is'),
];
