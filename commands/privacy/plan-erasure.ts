/** A person who asks on the page to be erased has a day to take the request back, by text or on the page. */
import type { Knex } from 'knex';
import { CUSTOMER } from '../../domain/access/audit.ts';
import { HOUR } from '../../domain/time/duration.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import { endLinks } from '../../db/contacts/contacts.ts';
import type { Person } from '../../db/consent/person.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/** Time in which the request can be taken back, ms. */
const TAKEN_BACK_WITHIN = 24 * HOUR;

const OPEN = { cancelled_at: null, begun_at: null } as const;

/**
 * Stores the request, withdraws the person's links and has a text sent that says how to take it back. Until the erasure begins, the
 * number gets only news of orders. Call with the number locked. Returns false if a request waits already; its time does not start again.
 */
export async function planErasure(trx: Knex.Transaction, person: Person, now: number): Promise<boolean> {
  const { contact, address, epoch } = person;
  const brand = person.brand.id;
  // Addresses are locked before the contact, in the order that all writers of an address use.
  await endLinks(trx, { brand, contact }, now);
  const [planned] = await trx('planned_erasures')
    .insert({
      brand_id: brand,
      contact_id: contact,
      requested_at: new Date(now),
      due_at: new Date(now + TAKEN_BACK_WITHIN),
    })
    .onConflict(trx.raw('(contact_id) where cancelled_at is null and begun_at is null'))
    .ignore()
    .returning<{ id: string }[]>('id');
  if (!planned) return false;
  const text = { brand_id: brand, contact_id: contact, address_id: address.id, link_epoch: epoch + 1 };
  await trx('asked_texts').insert({ ...text, kind: 'erasure_planned', created_at: new Date(now) });
  const subject = { kind: 'contact', id: contact } as const;
  const after = { erasure: planned.id, dueAt: timestamp(now + TAKEN_BACK_WITHIN) };
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
  const [cancelled] = await trx('planned_erasures')
    .where({ brand_id: brand, contact_id: contact, ...OPEN })
    .update({ cancelled_at: new Date(now) })
    .returning<{ id: string }[]>('id');
  if (!cancelled) return false;
  const subject = { kind: 'contact', id: contact } as const;
  const after = { erasure: cancelled.id, source };
  await recordAudit(trx, { brand, actor: CUSTOMER, action: 'cancel_erasure', subject, after }, now);
  return true;
}
