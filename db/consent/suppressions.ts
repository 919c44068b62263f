/** Numbers that must not be written to, independent of their contact: the authority over every send. */
import type { TokenOf } from '../addresses/address-token.ts';
import type { Db } from '../connection/connect.ts';
import { lockNumber } from '../addresses/contact-lock.ts';
import { STANDS, isStopped } from '../sending/gate/standing-stop.ts';

export interface SuppressionChange {
  readonly brand: string;
  /** E.164. */
  readonly address: string;
  readonly state: 'stopped' | 'lifted';
  readonly source: string;
  /** Epoch ms. */
  readonly at: number;
  /** The shop set it over the API. A lift by the shop ends only stops that the shop has set. */
  readonly byShop?: boolean;
}

/**
 * Stops or reopens a number for a whole brand, on every channel and for every sender of it. Only the number's token is kept, so the stop
 * outlives an erasure and still counts when the number orders again.
 * A stop withdraws the links that were sent to the number. A stop by the person does so each time; a stop by the shop only the first
 * time, because a shop may send its list of stopped numbers every night.
 * A trigger moves the contact's gate version, so no send can overtake the stop. The lock is for an order that is making a contact of this
 * number at the same moment: the trigger would not see that contact.
 * The stop is written under every token of the number: those of all our secrets, and the one of its address, which another process may
 * have made with a secret that this process does not have.
 * Call inside a transaction: the number stays locked to its end.
 */
export async function changeSuppression(
  db: Db,
  tokenOf: TokenOf,
  change: SuppressionChange,
  now: number,
): Promise<void> {
  const { byShop = false } = change;
  const tokens = tokenOf.all(change.brand, change.address);
  // The next statement sees what was committed while this one waited, such as an address token of a newer secret.
  await lockNumber(db, change.brand, change.address);
  if (tokens.length > 1) await adoptStops(db, [moveOf(tokenOf, change.brand, change.address)]);
  await db.raw(
    `with tokens as (
       select unnest(cast(:tokens as bytea[])) as token
       -- Two halves, as either has an index of its own.
       union select a.token from addresses a where a.brand_id = :brand and a.channel = 'sms' and a.address = :address
         and a.retired_at is null
       union select a.token from addresses a where a.brand_id = :brand and a.channel = 'sms' and a.address = :address
         and a.retired_at is not null),
     withdrawn as (
       update addresses a set link_epoch = link_epoch + 1, links_ended_at = :now
        where :state = 'stopped' and a.brand_id = :brand and a.token in (select token from tokens) and (:byPerson
          or not ${isStopped(':brand', 'a.token')}))
     insert into suppressions (brand_id, channel, token, state, source, by_shop, occurred_at, recorded_at)
       select :brand, 'sms', token, :state, :source, :byShop, cast(:at as timestamptz), cast(:now as timestamptz) from tokens`,
    {
      brand: change.brand,
      address: change.address,
      tokens: [...tokens],
      state: change.state,
      source: change.source,
      byPerson: !byShop && (change.source === 'page' || change.source.startsWith('inbound:')),
      byShop,
      at: new Date(change.at).toISOString(),
      now: new Date(now).toISOString(),
    },
  );
}

export interface Suppression {
  /** When the last stop that stands was said, epoch ms. */
  readonly stoppedAt: number;
  /** The shop set every stop that stands, so the shop may lift it. */
  readonly byShop: boolean;
}

/** The stop that stands against a number. Undefined: the number is not stopped. */
export async function findSuppression(
  db: Db,
  tokenOf: TokenOf,
  brand: string,
  address: string,
): Promise<Suppression | undefined> {
  const { rows } = await db.raw<{ rows: { at: Date | null; by_shop: boolean | null }[] }>(
    `select max(s.occurred_at) as at, bool_and(s.by_shop) as by_shop from suppressions s
      where s.brand_id = :brand and s.token = any(cast(:tokens as bytea[])) and ${STANDS}`,
    { brand, tokens: [...tokenOf.all(brand, address)] },
  );
  const [found] = rows;
  return found?.at ? { stoppedAt: found.at.getTime(), byShop: found.by_shop ?? false } : undefined;
}

/** A number's newest token, and older tokens of the same number. */
export interface TokenMove {
  readonly brand: string;
  readonly newest: Buffer;
  readonly older: readonly Buffer[];
}

export function moveOf(tokenOf: TokenOf, brand: string, address: string): TokenMove {
  const [newest, ...older] = tokenOf.all(brand, address);
  return { brand, newest, older };
}

/**
 * Copies the stops and lifts under a number's older tokens to its newest token, once, so that a query by the newest token finds all of
 * them. The rows under older tokens stay. Returns how many rows were copied.
 */
export async function adoptStops(db: Db, moves: readonly TokenMove[]): Promise<number> {
  const pairs = moves.flatMap(({ brand, newest, older }) => older.map((from) => ({ brand, newest, from })));
  if (pairs.length === 0) return 0;
  const { rowCount } = await db.raw<{ rowCount: number | null }>(
    `insert into suppressions (brand_id, channel, token, state, source, by_shop, occurred_at, recorded_at)
       select brand_id, channel, newest, state, source, by_shop, occurred_at, recorded_at from (
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
