/** Who must not be written to, whoever the number belongs to and whatever else is known: the authority over every send. */
import type { TokenOf } from '../address-token.ts';
import type { Db } from '../connect.ts';
import { LOCK, personKey } from '../contact-lock.ts';

export interface SuppressionChange {
  readonly brand: string;
  /** E.164. */
  readonly address: string;
  readonly state: 'stopped' | 'lifted';
  readonly source: string;
  /** Epoch ms. */
  readonly at: number;
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
  await db.raw(
    `with locked as (select ${LOCK} from (values (cast(:person as text))) as people (person)),
     withdrawn as (
       update addresses a set link_epoch = link_epoch + 1 from locked
        where :state = 'stopped' and a.brand_id = :brand and a.token = :token and (:byPerson
          or (select s.state from suppressions s where s.brand_id = :brand and s.token = :token
            order by s.occurred_at desc, s.id desc limit 1) is distinct from 'stopped'))
     insert into suppressions (brand_id, channel, token, state, source, occurred_at, recorded_at)
       select :brand, 'sms', :token, :state, :source, cast(:at as timestamptz), cast(:now as timestamptz) from locked`,
    {
      person: personKey(change.brand, change.address),
      brand: change.brand,
      token: tokenOf(change.brand, change.address),
      state: change.state,
      source: change.source,
      byPerson: change.source === 'page' || change.source.startsWith('inbound:'),
      at: new Date(change.at).toISOString(),
      now: new Date(now).toISOString(),
    },
  );
}

/** The last word about a number, as it was said: `stoppedAt` is epoch ms. Undefined: it is not stopped. */
export async function findSuppression(
  db: Db,
  tokenOf: TokenOf,
  brand: string,
  address: string,
): Promise<{ readonly stoppedAt: number } | undefined> {
  const last: { state: string; occurred_at: Date } | undefined = await db('suppressions')
    .where({ brand_id: brand, token: tokenOf(brand, address) })
    .orderBy([
      { column: 'occurred_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first('state', 'occurred_at');
  return last?.state === 'stopped' ? { stoppedAt: last.occurred_at.getTime() } : undefined;
}
