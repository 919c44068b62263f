/** Judges a herd that was sent by the provider's own log and the ledger. All moments are epoch ms. */
import type { Db } from '../../../db/connection/connect.ts';
import { allowedAt } from '../../../domain/time/windows.ts';
import { sellingHours } from '../../../domain/sending/gate/hours.ts';
import { loadRules } from '../../../rules/load.ts';

/** From `from` on and before `until`. */
export interface HerdPeriod {
  readonly from: number;
  readonly until: number;
}

export function countIn(moments: readonly number[], { from, until }: HerdPeriod): number {
  return moments.filter((at) => at >= from && at < until).length;
}

/** The share of a quota (messages a second) that was used in a period. */
export function shareOfQuota(accepted: readonly number[], perSecond: number, period: HerdPeriod): number {
  return countIn(accepted, period) / ((perSecond * (period.until - period.from)) / 1000);
}

/** The busiest stretch of `spanMs` within a period, as a rate a second. */
export function highestRate(requests: readonly number[], spanMs: number, { from, until }: HerdPeriod): number {
  const sorted = requests.filter((at) => at >= from && at < until).toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - spanMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most / (spanMs / 1000);
}

/** Promotions that were sent after their use, or in an hour in which the customer's place forbids them. */
export async function lateOnes(db: Db, brand: string): Promise<number> {
  const rows: { submitted_at: Date; useful_until: Date; zone: string; country: string }[] = await db('messages as m')
    .join('contacts as c', 'c.id', 'm.contact_id')
    .where({ 'm.brand_id': brand, 'm.class': 'promotional' })
    .whereNotNull('m.submitted_at')
    .select('m.submitted_at', 'm.useful_until', 'c.zone', 'c.country');
  const { packs } = loadRules();
  return rows.filter(({ submitted_at, useful_until, zone, country }) => {
    const at = submitted_at.getTime();
    return submitted_at > useful_until || !allowedAt(sellingHours(packs, country, at), [zone], at);
  }).length;
}
