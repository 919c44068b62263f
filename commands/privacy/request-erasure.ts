/** Requests to erase a person, or all persons of a brand. Their numbers are stopped in the same transaction; a workflow does the rest. */
import type { Store } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { withoutTimeLimits } from '../../db/connection/connect.ts';
import { isContact } from '../../db/contacts/contacts.ts';
import type { NewErasure } from '../../db/privacy/erasure-steps.ts';
import { erasureOf, insertErasure, insertErasures } from '../../db/privacy/erasure-steps.ts';
import { beginPlanned } from '../../db/privacy/held-erasures.ts';
import { stopErasedOf } from '../consent/stop.ts';
import { stopNumbersOf } from './erase-person.ts';

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
    if (!(await isContact(trx, brand, contact))) return undefined;
    const created = await insertErasure(trx, { brand, contact, actor, source }, now);
    await beginPlanned(trx, { contact_id: contact }, now);
    if (created === undefined) return erasureOf(trx, contact);
    await stopNumbersOf(own, { brand, contact, actor }, now);
    const subject = { kind: 'contact', id: contact } as const;
    await recordAudit(trx, { brand, actor, action: 'erase_contact', subject, after: { erasure: created } }, now);
    return created;
  });
}

/** All contacts of a brand, for a shop that has left. Returns how many are new; their numbers are stopped in the same transaction. */
export async function requestErasureOfAll(
  db: Db,
  { brand, actor, source }: Omit<NewErasure, 'contact'>,
  now: number,
): Promise<number> {
  return withoutTimeLimits(db, async (trx) => {
    const contacts = await insertErasures(trx, { brand, actor, source }, now);
    await stopErasedOf(trx, brand, now);
    await beginPlanned(trx, { brand_id: brand }, now);
    const subject = { kind: 'brand', id: brand } as const;
    await recordAudit(trx, { brand, actor, action: 'erase_contact', subject, after: { contacts } }, now);
    return contacts;
  });
}
