/** Who must not be written to, whoever the number belongs to and whatever else is known: the authority over every send. */
import type { TokenOf } from '../address-token.ts';
import type { Db } from '../connect.ts';
import { LOCK, personKey } from '../contact-lock.ts';
import { STANDS, isStopped } from '../gate/standing-stop.ts';

export interface SuppressionChange {
  readonly brand: string;
  /** E.164. */
  readonly address: string;
  readonly state: 'stopped' | 'lifted';
  readonly source: string;
  /** Epoch ms. */
  readonly at: number;
  /** Said by the shop, over the API. A lift by the shop counts over its own stops only. */
  readonly byShop?: boolean;
}

/**
 * Stops or reopens a number for a whole brand, on every channel and for every sender of it. Only the number's token is kept: it
 * outlives an erasure and meets the number when it comes again. A stop withdraws the links that were sent to the number: once, or each
 * time the person themselves says it, as a shop's list of stopped numbers may come again every night. A trigger moves the contact's gate version, so no send can overtake
 * it; the lock is for somebody who is becoming a contact at this moment, whom the trigger would not see. It is written under every
 * token that may stand for the number: those of all secrets of ours, and the one that its address has, which another process may have
 * made with a secret that this one has not. Call inside a transaction, to its end the number is held.
 */
export async function changeSuppression(
  db: Db,
  tokenOf: TokenOf,
  change: SuppressionChange,
  now: number,
): Promise<void> {
  const { byShop = false } = change;
  const tokens = tokenOf.all(change.brand, change.address);
  // A statement of its own: the next one then sees what was committed while this one waited, such as the address's token of a newer secret.
  await db.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [
    personKey(change.brand, change.address),
  ]);
  if (tokens.length > 1) await adoptStops(db, [moveOf(tokenOf, change.brand, change.address)]);
  await db.raw(
    `with tokens as (
       select unnest(cast(:tokens as bytea[])) as token
       -- Two halves, as either has an index of its own.
       union select a.token from addresses a where a.brand_id = :brand and a.channel = 'sms' and a.address = :address
         and a.token is not null and a.retired_at is null
       union select a.token from addresses a where a.brand_id = :brand and a.channel = 'sms' and a.address = :address
         and a.token is not null and a.retired_at is not null),
     withdrawn as (
       update addresses a set link_epoch = link_epoch + 1
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
  /** The last stop that stands, as it was said, epoch ms. */
  readonly stoppedAt: number;
  /** Every stop that stands was set by the shop: the shop may lift it. */
  readonly byShop: boolean;
}

/** What stands against writing to a number. Undefined: it is not stopped. */
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

/** A number's newest token, and another that stands for it. */
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
 * Repeats under the newest token of a number all that was ever said of it under older ones, once: what is asked by the newest alone is
 * complete then. What was said stays under the older ones, too. Returns how many rows that took.
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
