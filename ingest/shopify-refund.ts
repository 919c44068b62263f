/** A Shopify refund (Admin REST API or `refunds/create` webhook) as a body for our API. Pure. */
import { z } from 'zod';
import { textOrUndefined, shopId, shopOrderId, unreadable } from './shop-order.ts';
import type { ShopRefund } from './shop-refund.ts';
import { isEmptyRefund, readMoney, namedItems, sumOf } from './shop-refund.ts';

const shopifyRefund = z.object({
  id: shopId,
  order_id: shopOrderId,
  created_at: z.iso.datetime({ offset: true }),
  transactions: z
    .array(z.object({ kind: z.string(), status: textOrUndefined, amount: readMoney, currency: textOrUndefined }))
    .default([]),
  refund_line_items: z
    .array(
      z.object({
        quantity: z.int().nonnegative(),
        line_item: z.object({ sku: textOrUndefined, product_id: shopId.nullish() }).nullish(),
      }),
    )
    .default([]),
});

/** A pending transaction will move money; a failed one never will. */
const MOVING: readonly unknown[] = ['success', 'pending'];

/**
 * `json`: one refund, bare or under the key `refund`, parsed so that large ids keep their digits. A refund without a
 * transaction only returns goods to the stock, and the text "we have refunded" would be false.
 */
export function refundFromShopify(json: unknown): ShopRefund {
  const parsed = shopifyRefund.safeParse(unwrap(json));
  if (!parsed.success) return unreadable(parsed.error);
  const { id, order_id: order, created_at: occurredAt, transactions, refund_line_items: lines } = parsed.data;
  const moving = transactions.filter(({ kind, status }) => kind === 'refund' && MOVING.includes(status));
  const amount = sumOf(moving.map((one) => one.amount));
  if (isEmptyRefund(amount)) return { kind: 'not_refunded' };
  const [currency, ...others] = new Set(moving.flatMap((one) => one.currency ?? []));
  const items = namedItems(
    lines.map(({ quantity, line_item: line }) => ({
      sku: line?.sku,
      productId: line?.product_id ?? undefined,
      quantity,
    })),
  );
  return {
    kind: 'refund',
    order,
    body: {
      id: `shopify.refund.${id}`,
      type: 'refund_issued',
      occurredAt,
      amount,
      ...(currency !== undefined && others.length === 0 && { currency }),
      ...(items.length > 0 && { items }),
    },
  };
}

function unwrap(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'refund' in json ? json.refund : json;
}
