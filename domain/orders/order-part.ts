/** Which pieces of an order a refund or a return names. The shop names items as it named the order's lines: by stock-keeping unit or product. */

/**
 * The part of an order that a refund or a return is about. The API counts the pieces, because the shop's names of items stay in the database.
 */
export interface OrderPart {
  readonly pieces: number;
  /** Of them, pieces of the main product. */
  readonly ofMain: number;
}

export interface NamedItem {
  readonly sku?: string;
  readonly productId?: string;
  readonly quantity: number;
}

export interface OrderLine extends NamedItem {
  /** Of the product that the conversation is about. */
  readonly isMain: boolean;
}

/**
 * The lines of an order. The main product is the first that the brand's catalogue knows, else that of the first line. `productKey`: the same
 * for lines of one catalogue entry; undefined: the catalogue does not know the item.
 */
export function linesOf<T extends NamedItem>(
  items: readonly T[],
  productKey: (item: T) => string | undefined,
): readonly OrderLine[] {
  const main = items.find((item) => productKey(item) !== undefined) ?? items[0];
  const key = main && productKey(main);
  return items.map((item) => ({
    ...item,
    isMain: item === main || (key === undefined ? isSame(item, main) : productKey(item) === key),
  }));
}

function isSame(one: NamedItem, other: NamedItem | undefined): boolean {
  if (one.sku !== undefined) return one.sku === other?.sku;
  return one.productId !== undefined && one.productId === other?.productId;
}

/** The pieces of all lines, and of the main product. */
export function sizeOf(lines: readonly OrderLine[]): OrderPart {
  const count = (some: readonly OrderLine[]): number => some.reduce((sum, { quantity }) => sum + quantity, 0);
  return { pieces: count(lines), ofMain: count(lines.filter(({ isMain }) => isMain)) };
}

/**
 * The pieces that are named, limited to those of the order. `before`: items that were named earlier. Their pieces are
 * taken already, so each piece counts once. `unknown`: indexes of items that the order does not have.
 */
export function partOf(
  lines: readonly OrderLine[],
  named: readonly NamedItem[],
  before: readonly NamedItem[] = [],
): { readonly part: OrderPart; readonly unknown: readonly number[] } {
  const left = lines.map(({ quantity }) => quantity);
  take(lines, before, left);
  return take(lines, named, left);
}

/** Takes named pieces out of `left`, the pieces of each line. */
function take(
  lines: readonly OrderLine[],
  named: readonly NamedItem[],
  left: number[],
): { readonly part: OrderPart; readonly unknown: readonly number[] } {
  let pieces = 0;
  let ofMain = 0;
  const unknown: number[] = [];
  for (const [index, item] of named.entries()) {
    const own = matching(lines, item);
    if (own.length === 0) unknown.push(index);
    let wanted = item.quantity;
    for (const line of own) {
      const taken = Math.min(wanted, left[line] ?? 0);
      left[line] = (left[line] ?? 0) - taken;
      wanted -= taken;
      pieces += taken;
      if (lines[line]?.isMain) ofMain += taken;
    }
  }
  return { part: { pieces, ofMain }, unknown };
}

/** Indexes of the lines of an item: those of its stock-keeping unit, else those of its product. */
function matching(lines: readonly OrderLine[], { sku, productId }: NamedItem): readonly number[] {
  const having = (same: (line: OrderLine) => boolean): number[] =>
    lines.flatMap((line, index) => (same(line) ? [index] : []));
  const bySku = sku === undefined ? [] : having((line) => line.sku === sku);
  return bySku.length > 0 || productId === undefined ? bySku : having((line) => line.productId === productId);
}
