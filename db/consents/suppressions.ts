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
 * it; the lock is for somebody who is becoming a contact at this moment, whom the trigger would not see.
 */
export async function changeSuppression(
  db: Db,
  tokenOf: TokenOf,
  change: SuppressionChange,
  now: number,
): Promise<void> {
  const { byShop = false } = change;
  await db.raw(
    `with locked as (select ${LOCK} from (values (cast(:person as text))) as people (person)),
     withdrawn as (
       update addresses a set link_epoch = link_epoch + 1 from locked
        where :state = 'stopped' and a.brand_id = :brand and a.token = :token and (:byPerson
          or not ${isStopped(':brand', ':token')}))
     insert into suppressions (brand_id, channel, token, state, source, by_shop, occurred_at, recorded_at)
       select :brand, 'sms', :token, :state, :source, :byShop, cast(:at as timestamptz), cast(:now as timestamptz) from locked`,
    {
      person: personKey(change.brand, change.address),
      brand: change.brand,
      token: tokenOf(change.brand, change.address),
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
      where s.brand_id = :brand and s.token = :token and ${STANDS}`,
    { brand, token: tokenOf(brand, address) },
  );
  const [found] = rows;
  return found?.at ? { stoppedAt: found.at.getTime(), byShop: found.by_shop ?? false } : undefined;
}
