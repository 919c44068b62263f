import { afterAll, beforeAll, expect, it } from 'vitest';
import { packsToReview } from '../../domain/rules/rule-pack.ts';
import { rules } from '../helpers/rules.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

it('the metrics count the rule packs whose review is overdue', async () => {
  const counted = async (at: string): Promise<unknown> => {
    shop.clock.at = Date.parse(at);
    const { body } = await shop.ops('/metrics');
    return /^dopo_rule_packs_to_review (\d+)$/m.exec(String(body))?.[1];
  };
  expect(await counted('2026-11-22T12:00Z')).toBe('0');
  expect(await counted('2027-01-16T12:00Z')).toBe('1');
  const all = packsToReview(rules.packs, Date.parse('2030-01-01T00:00Z'));
  expect(await counted('2030-01-01T12:00Z')).toBe(String(all.length));
});
