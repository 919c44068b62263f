/** A WooCommerce refund (REST API v3, `orders/ID/refunds/REFUND`) as a body for our API. Pure. */
import { z } from 'zod';
import { textOrUndefined, shopId, unreadable } from './shop-order.ts';
import type { ShopRefund } from './shop-refund.ts';
import { isEmptyRefund, readMoney, namedItems, sumOf } from './shop-refund.ts';

const wooRefund = z.object({
  id: shopId,
  /** A time in UTC without a mark of the zone. */
  date_created_gmt: z.iso.datetime({ local: true }),
  amount: readMoney,
  /** Quantities are negative; 0 means money without a piece. */
  line_items: z.array(z.object({ sku: textOrUndefined, product_id: shopId.nullish(), quantity: z.int() })).default([]),
});

/**
 * `order`: the id of the order, which the refund itself does not name. `json`: the refund as it is fetched: the webhook of the order lists
 * refunds without their time and items.
 */
export function refundFromWooCommerce(order: string, json: unknown): ShopRefund {
  const parsed = wooRefund.safeParse(json);
  if (!parsed.success) return unreadable(parsed.error);
  const { id, date_created_gmt: created, amount, line_items: lines } = parsed.data;
  const paidBack = sumOf([amount]);
  if (isEmptyRefund(paidBack)) return { kind: 'not_refunded' };
  // 0 means a product that the shop no longer has.
  const productOf = (product: string | null | undefined): string | undefined =>
    product === '0' ? undefined : (product ?? undefined);
  const items = namedItems(
    lines.map(({ sku, product_id: product, quantity }) => ({ sku, productId: productOf(product), quantity })),
  );
  return {
    kind: 'refund',
    order,
    body: {
      id: `woocommerce.refund.${id}`,
      type: 'refund_issued',
      occurredAt: `${created}Z`,
      amount: paidBack,
      ...(items.length > 0 && { items }),
    },
  };
}
