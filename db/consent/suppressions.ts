/** Numbers that must not get messages. A suppression does not depend on a contact and outranks everything else. */
import type { Store } from '../addresses/store.ts';
import type { Db } from '../connection/connect.ts';
import { STOP_IN_FORCE } from '../sending/gate/is-stopped.ts';

export interface Suppression {
  /** When the latest stop in force was said, epoch ms. */
  readonly stoppedAt: number;
  /** True if the shop has set every stop in force, so that the shop may lift it. */
  readonly byShop: boolean;
}

/** The stop in force for a number. Undefined: the number is not stopped. */
export async function findSuppression(
  { db, tokenOf }: Store,
  brand: string,
  address: string,
): Promise<Suppression | undefined> {
  const { rows } = await db.raw<{ rows: { at: Date | null; by_shop: boolean | null }[] }>(
    `select max(s.occurred_at) as at, bool_and(s.by_shop) as by_shop from suppressions s
      where s.brand_id = :brand and s.token = any(cast(:tokens as bytea[])) and ${STOP_IN_FORCE}`,
    { brand, tokens: [...tokenOf.all(brand, address)] },
  );
  const [found] = rows;
  return found?.at ? { stoppedAt: found.at.getTime(), byShop: found.by_shop ?? false } : undefined;
}

/** The last that was stored under a token, in the order in which it was said. */
export async function lastSaid(
  db: Db,
  brand: string,
  token: Buffer,
): Promise<{ readonly state: string; readonly source: string } | undefined> {
  return db('suppressions')
    .where({ brand_id: brand, token })
    .orderBy([
      { column: 'occurred_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first('state', 'source');
}

/** A number's newest token, and older tokens of the same number. */
export interface TokenMove {
  readonly brand: string;
  readonly newest: Buffer;
  readonly older: readonly Buffer[];
}

export function tokenMoveOf({ tokenOf }: Pick<Store, 'tokenOf'>, brand: string, address: string): TokenMove {
  const [newest, ...older] = tokenOf.all(brand, address);
  return { brand, newest, older };
}

/**
 * Copies the stops and lifts under a number's older tokens to its newest token, once, so that a query by the newest token finds all of
 * them. The rows under older tokens stay. Returns how many rows were copied.
 */
export async function moveStopsToNewestToken(db: Db, moves: readonly TokenMove[]): Promise<number> {
  const pairs = moves.flatMap(({ brand, newest, older }) => older.map((from) => ({ brand, newest, from })));
  if (pairs.length === 0) return 0;
  const { rowCount } = await db.raw<{ rowCount: number | null }>(
    `insert into suppressions (brand_id, token, state, source, by_shop, occurred_at, recorded_at)
       select brand_id, newest, state, source, by_shop, occurred_at, recorded_at from (
         select distinct on (p.brand, p.newest, s.state, s.source, s.by_shop, s.occurred_at) s.*, p.newest
           from unnest(cast(:brands as text[]), cast(:newest as bytea[]), cast(:older as bytea[])) as p (brand, newest, older)
             join suppressions s on s.brand_id = p.brand and s.token = p.older
          where not exists (select from suppressions n where n.brand_id = p.brand and n.token = p.newest and n.state = s.state
            and n.source = s.source and n.by_shop = s.by_shop and n.occurred_at = s.occurred_at)
          order by p.brand, p.newest, s.state, s.source, s.by_shop, s.occurred_at, s.id) said
        order by id`,
    {
      brands: pairs.map(({ brand }) => brand),
      newest: pairs.map(({ newest }) => newest),
      older: pairs.map(({ from }) => from),
    },
  );
  return rowCount ?? 0;
}
