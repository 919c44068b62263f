/** Runs a change for the person that a link of the preference page belongs to, in one transaction and with the right lock. */
import type { Knex } from 'knex';
import type { LinkOwner } from '../../domain/contacts/identity.ts';
import { lockContactOfLink, lockNumberOfLink } from '../../db/addresses/contact-lock.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { Person } from '../../db/consent/person.ts';
import { readPerson } from '../../db/consent/person.ts';

/** `gone`: the person has been erased. `revoked`: the link was withdrawn, for instance because the same form was sent twice. */
export type ContactGone = 'gone' | 'revoked';

type AnyEpoch = Pick<LinkOwner, 'id'> & Partial<LinkOwner>;
type Change<T> = (trx: Knex.Transaction, person: Person) => Promise<T>;

/**
 * Changes the person's choices, one change at a time. It locks the contact, and code that holds that lock never asks for a number's lock.
 */
export function inContactTransaction<T>(db: Db, owner: LinkOwner, change: Change<T>): Promise<T | ContactGone> {
  return changing(db, owner, change, lockContactOfLink);
}

/**
 * Changes what may be sent to the number. It takes the same lock as an order or a STOP of the number, so it sees all that they have
 * written. Without an epoch the change is made whether or not the link has been withdrawn.
 */
export function inNumberTransaction<T>(db: Db, owner: AnyEpoch, change: Change<T>): Promise<T | ContactGone> {
  return changing(db, owner, change, lockNumberOfLink);
}

/**
 * The statement that reads the person runs after the lock, so it sees everything that was committed during the wait.
 */
function changing<T>(
  db: Db,
  { id, epoch }: AnyEpoch,
  change: Change<T>,
  lock: (trx: Knex.Transaction, link: Buffer) => Promise<void>,
): Promise<T | ContactGone> {
  return db.transaction(async (trx) => {
    await lock(trx, id);
    const person = await readPerson(trx, id);
    if (!person) return 'gone';
    return epoch === undefined || person.epoch === epoch ? change(trx, person) : 'revoked';
  });
}
