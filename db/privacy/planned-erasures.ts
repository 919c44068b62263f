/** Begins the erasures that persons have asked for, once they cannot be taken back any more. */
import type { Knex } from 'knex';
import { CUSTOMER } from '../../domain/audit.ts';
import { MINUTE } from '../../domain/duration.ts';
import type { TokenOf } from '../address-token.ts';
import type { Db } from '../connect.ts';
import { LOCK, personKey } from '../contact-lock.ts';
import { timestamp } from '../timestamp.ts';
import { requestErasure } from './erasures.ts';

const OPEN = { cancelled_at: null, begun_at: null } as const;

/** Ms that a NO may be under way: one that was sent on the last minute counts, also if its webhook has to be repeated. */
export const UNDER_WAY = 5 * MINUTE;

/**
 * Begins those whose time is over; several processes may do it at once. Returns how many. The number is held, as taking it back does:
 * a NO is either before it, or finds that it has begun. One that fails is told to `onFailure` and stays due; the others go on.
 */
export async function carryOutPlannedErasures(
  db: Db,
  tokenOf: TokenOf,
  now: number,
  onFailure: (contact: string, error: unknown) => void,
): Promise<number> {
  const due: { id: string; brand_id: string; contact_id: string }[] = await db('planned_erasures')
    .where(OPEN)
    .where('due_at', '<=', timestamp(now - UNDER_WAY))
    .orderBy('due_at')
    .limit(100)
    .select('id', 'brand_id', 'contact_id');
  let count = 0;
  for (const { id, brand_id: brand, contact_id: contact } of due) {
    const begin = async (trx: Knex.Transaction): Promise<number> => {
      await holdNumbers(trx, brand, contact);
      const begun = await trx('planned_erasures')
        .where({ id, ...OPEN })
        .update({ begun_at: new Date(now) });
      if (begun > 0) await requestErasure(trx, tokenOf, { brand, contact, actor: CUSTOMER, source: 'page' }, now);
      return begun;
    };
    try {
      count += await db.transaction(begin);
    } catch (error) {
      onFailure(contact, error);
    }
  }
  return count;
}

async function holdNumbers(trx: Knex.Transaction, brand: string, contact: string): Promise<void> {
  const numbers: string[] = await trx('addresses').where({ contact_id: contact }).distinct().pluck('address');
  await trx.raw(`select ${LOCK} from unnest(cast(? as text[])) as person order by person`, [
    numbers.map((e164) => personKey(brand, e164)),
  ]);
}
