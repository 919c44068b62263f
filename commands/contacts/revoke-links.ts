import type { Knex } from 'knex';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { endLinks, isContact, lockAddress } from '../../db/contacts/contacts.ts';
import { CUSTOMER } from '../../domain/access/audit.ts';
import type { Person } from '../../db/consent/person.ts';
import { openCase } from '../conversation/open-case.ts';

export interface Revoking {
  readonly brand: string;
  readonly contact: string;
  /** Only the links of this number, E.164. Absent: of all numbers of the contact. */
  readonly address?: string;
  readonly actor: string;
  /** `wrong_codes`: too many codes were guessed with them. `wrong_person`: another person has the number. */
  readonly why?: 'wrong_codes' | 'wrong_person';
  /** The id of the case that was opened for it. */
  readonly case?: string;
}

/** Withdraws the links that were sent to a contact's numbers. The next text has a new link. Returns how many numbers that affects. */
export async function revokeLinks(
  trx: Knex.Transaction,
  { brand, contact, address, actor, ...told }: Revoking,
  now: number,
): Promise<number> {
  const numbers = await endLinks(trx, { brand, contact, ...(address !== undefined && { address }) }, now);
  const subject = { kind: 'contact', id: contact } as const;
  await recordAudit(trx, { brand, actor, action: 'revoke_links', subject, after: { numbers, ...told } }, now);
  return numbers;
}

/** All links of a contact, for an operator. Undefined: no such contact of this brand. */
export async function revokeLinksOf(
  db: Db,
  asked: Pick<Revoking, 'brand' | 'contact' | 'actor'>,
  now: number,
): Promise<number | undefined> {
  return db.transaction(async (trx) =>
    (await isContact(trx, asked.brand, asked.contact)) ? revokeLinks(trx, asked, now) : undefined,
  );
}

/**
 * "This was not me": the shop has a wrong number, or the number's new owner has an old link. The links end, promotions wait, and an agent
 * of the shop finds out who has the number. Call with the number locked.
 */
export async function disownNumber(
  trx: Knex.Transaction,
  { brand: { id: brand }, contact, address, epoch }: Person,
  now: number,
): Promise<void> {
  const cause = `link:${address.id}:${epoch}`;
  const about = { brand, contact, order: null, kind: 'wrong_person', cause } as const;
  // Addresses are locked before the contact, in the order that all writers of an address use.
  await lockAddress(trx, address.id);
  const opened = await openCase(trx, { ...about, holdsPromotions: true, at: now, byWorkflow: false });
  const links = { brand, contact, address: address.e164, actor: CUSTOMER };
  await revokeLinks(trx, { ...links, why: 'wrong_person', case: String(opened) }, now);
}
