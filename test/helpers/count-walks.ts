/** Facts that count the walks through their tables: these make a rule slow when an order has thousands of facts. */
import type { Facts } from '../../domain/orders/facts.ts';

const TABLES = ['updates', 'refunds', 'tiers', 'parcels', 'casesOpened', 'casesClosed'] as const;
type Table = (typeof TABLES)[number];

export function countWalks(facts: Facts): { readonly facts: Facts; readonly walks: Readonly<Record<Table, number>> } {
  const walks: Record<Table, number> = {
    updates: 0,
    refunds: 0,
    tiers: 0,
    parcels: 0,
    casesOpened: 0,
    casesClosed: 0,
  };
  const tables = TABLES.map((name) => {
    const table = new Proxy(facts[name], {
      ownKeys: (target) => {
        walks[name] += 1;
        return Reflect.ownKeys(target);
      },
    });
    return [name, table];
  });
  return { facts: { ...facts, ...(Object.fromEntries(tables) as Pick<Facts, Table>) }, walks };
}
