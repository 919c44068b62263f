/** Stops or reopens a number. Only the verbs stop and restore import this file (.dependency-cruiser.cjs). */
import type { Store } from '../addresses/store.ts';
import { lockNumber } from '../addresses/contact-lock.ts';
import { isNumber } from '../addresses/number.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { isStopped } from '../sending/gate/is-stopped.ts';
import { moveStopsToNewestToken, tokenMoveOf } from './suppressions.ts';

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
export async function changeSuppression({ db, tokenOf }: Store, change: SuppressionChange, now: number): Promise<void> {
  const { byShop = false } = change;
  const tokens = tokenOf.all(change.brand, change.address);
  // A statement after the lock sees what was committed during the wait, such as an address token of a newer secret.
  await lockNumber(db, change.brand, change.address);
  if (tokens.length > 1) await moveStopsToNewestToken(db, [tokenMoveOf({ tokenOf }, change.brand, change.address)]);
  await db.raw(
    `with tokens as (
       select unnest(cast(:tokens as bytea[])) as token
       -- Two halves, as either has an index of its own.
       union select a.token from addresses a where a.brand_id = :brand and ${isNumber('a')} and a.address = :address
         and a.retired_at is null
       union select a.token from addresses a where a.brand_id = :brand and ${isNumber('a')} and a.address = :address
         and a.retired_at is not null),
     withdrawn as (
       update addresses a set link_epoch = link_epoch + 1, links_ended_at = :now
        where :state = 'stopped' and a.brand_id = :brand and a.token in (select token from tokens) and (:byPerson
          or not ${isStopped(':brand', 'a.token')}))
     insert into suppressions (brand_id, token, state, source, by_shop, occurred_at, recorded_at)
       select :brand, token, :state, :source, :byShop, cast(:at as timestamptz), cast(:now as timestamptz) from tokens`,
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

/** Stops the numbers of all persons of a brand whose erasure is asked for and has not begun. Call before another process can see it. */
export async function stopAllToErase(trx: Db, brand: string, source: string, now: number): Promise<void> {
  await trx.raw(
    `insert into suppressions (brand_id, token, state, source, occurred_at, recorded_at)
       select distinct a.brand_id, a.token, 'stopped', :source, cast(:now as timestamptz), cast(:now as timestamptz)
         from addresses a join erasures e on e.contact_id = a.contact_id where a.brand_id = :brand and e.started_at is null`,
    { brand, source, now: timestamp(now) },
  );
}
