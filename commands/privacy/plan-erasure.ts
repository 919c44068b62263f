/** A person who asks on the page to be erased has a day to take the request back, by text or on the page. */
import type { Knex } from 'knex';
import { CUSTOMER } from '../../domain/access/audit.ts';
import { HOUR } from '../../domain/time/duration.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import { endLinks } from '../../db/contacts/contacts.ts';
import { storeAskedText } from '../../db/contacts/asked-texts.ts';
import type { Person } from '../../db/consent/person.ts';
import { holdErasure, takeBack } from '../../db/privacy/held-erasures.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/** Time in which the request can be taken back, ms. */
const TAKEN_BACK_WITHIN = 24 * HOUR;

/**
 * Stores the request, withdraws the person's links and has a text sent that says how to take it back. Until the erasure begins, the
 * number gets only news of orders. Call with the number locked. Returns false if a request waits already; its time does not start again.
 */
export async function planErasure(trx: Knex.Transaction, person: Person, now: number): Promise<boolean> {
  const { contact, epoch } = person;
  const brand = person.brand.id;
  // Addresses are locked before the contact, in the order that all writers of an address use.
  await endLinks(trx, { brand, contact }, now);
  const dueAt = now + TAKEN_BACK_WITHIN;
  const erasure = await holdErasure(trx, 'planned_erasures', { brand_id: brand, contact_id: contact }, { now, dueAt });
  if (erasure === undefined) return false;
  await storeAskedText(trx, { ...person, epoch: epoch + 1 }, { kind: 'erasure_planned' }, now);
  const subject = { kind: 'contact', id: contact } as const;
  const after = { erasure, dueAt: timestamp(dueAt) };
  await recordAudit(trx, { brand, actor: CUSTOMER, action: 'hold_erasure', subject, after }, now);
  return true;
}

/** Takes the request back. Returns false if none waits, or if the erasure has begun. */
export async function cancelPlannedErasure(
  trx: Knex.Transaction,
  { brand, contact }: { readonly brand: string; readonly contact: string },
  source: 'page' | 'text',
  now: number,
): Promise<boolean> {
  const erasure = await takeBack(trx, 'planned_erasures', { brand_id: brand, contact_id: contact }, now);
  if (erasure === undefined) return false;
  const subject = { kind: 'contact', id: contact } as const;
  const after = { erasure, source };
  await recordAudit(trx, { brand, actor: CUSTOMER, action: 'cancel_erasure', subject, after }, now);
  return true;
}
