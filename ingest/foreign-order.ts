/** Tells whose order a body is that is none of ours: a shop's own JSON, sent as it came. */

/** Fields that every order of that shop system has and no order of ours, beside `line_items`. */
const MARKS = {
  Shopify: ['admin_graphql_api_id', 'financial_status', 'total_price'],
  WooCommerce: ['order_key', 'billing', 'date_created'],
} as const;

export type ShopSystem = keyof typeof MARKS;
export const SHOP_SYSTEMS: readonly ShopSystem[] = ['Shopify', 'WooCommerce'];

/** Undefined: it is not known to be of either. A webhook of Shopify's GraphQL API has no `line_items` and is not told. */
export function shopSystemOf(json: unknown): ShopSystem | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  // As the Admin API of Shopify answers.
  if ('order' in json && !('line_items' in json)) return shopSystemOf(json.order);
  if (!('line_items' in json)) return undefined;
  return SHOP_SYSTEMS.find((system) => MARKS[system].some((name) => name in json));
}
