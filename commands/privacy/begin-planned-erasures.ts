/** Begins the erasures that persons have asked for, once they cannot be taken back any more. */
import type { Knex } from 'knex';
import { CUSTOMER } from '../../domain/access/audit.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import type { Store } from '../../db/addresses/store.ts';
import { lockPeople } from '../../db/addresses/contact-lock.ts';
import { everyNumberOf } from '../../db/contacts/contacts.ts';
import { requestErasure } from './request-erasure.ts';
import { beginHeldErasures } from './begin-held-erasures.ts';

/**
 * The time that a NO may take to arrive, ms. One that is sent in the last minute counts, even if its webhook has to
 * be repeated.
 */
export const ERASURE_UNDER_WAY = 5 * MINUTE;

interface Row {
  readonly id: string;
  readonly brand_id: string;
  readonly contact_id: string;
  readonly tries: number;
}

/**
 * Begins the erasures that are due and returns how many. Several processes may run it at once. Taking a request back locks the number
 * too, so a NO comes either before the erasure, or after it has begun and finds that out. `onFailure` is called once for an erasure that
 * fails; it is tried again later.
 */
export async function carryOutPlannedErasures(
  { db, tokenOf }: Store,
  now: number,
  onFailure: (contact: string, error: unknown) => void,
): Promise<number> {
  return beginHeldErasures<Row>(
    db,
    {
      table: 'planned_erasures',
      dueBy: now - ERASURE_UNDER_WAY,
      lock: (trx, { brand_id, contact_id }) => holdNumbers(trx, brand_id, contact_id),
      begin: (trx, { brand_id: brand, contact_id: contact }) =>
        requestErasure({ db: trx, tokenOf }, { brand, contact, actor: CUSTOMER, source: 'page' }, now),
      onFailure: ({ contact_id }, error) => onFailure(contact_id, error),
    },
    now,
  );
}

async function holdNumbers(trx: Knex.Transaction, brand: string, contact: string): Promise<void> {
  const numbers = await everyNumberOf(trx, contact);
  await lockPeople(
    trx,
    numbers.map((identity) => ({ brand, identity })),
  );
}
