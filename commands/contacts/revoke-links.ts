import type { Knex } from 'knex';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { isContact } from '../../db/contacts/contacts.ts';
import { endLinks } from '../../db/contacts/links.ts';

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
