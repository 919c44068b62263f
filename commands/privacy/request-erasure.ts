/** Requests to erase a person, or all persons of a brand. Their numbers are stopped in the same transaction; a workflow does the rest. */
import type { ErasureSource } from '../../domain/privacy/erasure.ts';
import type { Store } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { unhurried } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { stopErasedOf } from '../consent/stop.ts';
import { stopNumbersOf } from './erase-person.ts';

export interface NewErasure {
  readonly brand: string;
  readonly contact: string;
  /** The label of an API key, `customer`, or the shop's system. */
  readonly actor: string;
  readonly source: ErasureSource;
}

/**
 * Takes in a request to erase a contact and stops its numbers in the same transaction: nothing is sent from the answer on, however
 * long the rest takes. A contact is erased once: asking again gives the first request. Undefined: no such contact of this brand.
 */
export async function requestErasure(
  store: Store,
  { brand, contact, actor, source }: NewErasure,
  now: number,
): Promise<string | undefined> {
  return inTransaction(store, async (own) => {
    const { db: trx } = own;
    const known: unknown = await trx('contacts').where({ brand_id: brand, id: contact }).first('id');
    if (!known) return undefined;
    const [created] = await trx('erasures')
      .insert({
        brand_id: brand,
        contact_id: contact,
        requested_at: new Date(now),
        requested_by: actor,
        source,
      })
      .onConflict('contact_id')
      .ignore()
      .returning<{ id: string }[]>('id');
    await trx('planned_erasures')
      .where({ contact_id: contact, ...UNDECIDED })
      .update({ begun_at: new Date(now) });
    if (!created) return (await erasureOf(trx, contact))?.id;
    await stopNumbersOf(own, { brand, contact, actor }, now);
    const subject = { kind: 'contact', id: contact } as const;
    await recordAudit(trx, { brand, actor, action: 'erase_contact', subject, after: { erasure: created.id } }, now);
    return created.id;
  });
}

/** A planned erasure that was neither taken back nor begun. */
const UNDECIDED = { cancelled_at: null, begun_at: null } as const;

async function erasureOf(db: Db, contact: string): Promise<{ id: string } | undefined> {
  return db('erasures').where({ contact_id: contact }).first('id');
}

/** All contacts of a brand, for a shop that has left. Returns how many are new; their numbers are stopped in the same transaction. */
export async function requestErasureOfAll(
  db: Db,
  { brand, actor, source }: Omit<NewErasure, 'contact'>,
  now: number,
): Promise<number> {
  return unhurried(db, async (trx) => {
    const { rows } = await trx.raw<{ rows: object[] }>(
      `insert into erasures (brand_id, contact_id, requested_at, requested_by, source)
         select brand_id, id, :now, :actor, :source from contacts where brand_id = :brand and erased_at is null
       on conflict (contact_id) do nothing returning id`,
      { brand, actor, source, now: timestamp(now) },
    );
    await stopErasedOf(trx, brand, now);
    await trx('planned_erasures')
      .where({ brand_id: brand, ...UNDECIDED })
      .update({ begun_at: new Date(now) });
    const subject = { kind: 'brand', id: brand } as const;
    await recordAudit(trx, { brand, actor, action: 'erase_contact', subject, after: { contacts: rows.length } }, now);
    return rows.length;
  });
}
