/** A shop's refund as a body for our API, and what its adapters share. */
import { z } from 'zod';
import type { ShopOrder } from './shop-order.ts';

/** A body for POST /v1/orders/{id}/events, as plain JSON. */
export interface RefundRequest {
  readonly id: string;
  readonly type: 'refund_issued';
  readonly occurredAt: string;
  /** Of the order's currency. */
  readonly amount: string;
  readonly currency?: string;
  readonly items?: readonly RefundedItem[];
}

export interface RefundedItem {
  readonly sku?: string;
  readonly productId?: string;
  readonly quantity: number;
}

export type ShopRefund =
  | { readonly kind: 'refund'; readonly order: string; readonly body: RefundRequest }
  /** No money was moved, so there is nothing to report. */
  | { readonly kind: 'not_refunded' }
  | Extract<ShopOrder, { kind: 'unreadable' }>;

/** A decimal as a string or a number, with its sign. */
export const readMoney = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^-?\d{1,12}(\.\d{1,20})?$/));

/** The sum of decimals, digit for digit, without a sign. */
export function sumOf(amounts: readonly string[]): string {
  const decimals = amounts.reduce((most, amount) => Math.max(most, amount.split('.')[1]?.length ?? 0), 0);
  const total = amounts.reduce((sum, amount) => sum + unitsOf(amount, decimals), 0n);
  const digits = String(total < 0n ? -total : total).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Nothing was paid back, or the refund only returns goods to the stock. */
export function isEmptyRefund(amount: string): boolean {
  return !/[1-9]/.test(amount);
}

function unitsOf(amount: string, decimals: number): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

/**
 * Items that have a name and of which a piece was paid back. A line of a shop can also be free text, or money without
 * a piece.
 */
export function namedItems(
  lines: readonly { sku?: string | undefined; productId?: string | undefined; quantity: number }[],
): readonly RefundedItem[] {
  return lines.flatMap(({ sku, productId, quantity }) => {
    if (quantity === 0 || (sku === undefined && productId === undefined)) return [];
    return [
      {
        ...(sku !== undefined && { sku: sku.slice(0, 100) }),
        ...(productId !== undefined && { productId }),
        quantity: Math.abs(quantity),
      },
    ];
  });
}
