import type { Knex } from 'knex';
import { CUSTOMER } from '../../domain/access/audit.ts';
import type { Person } from '../../db/consent/person.ts';
import { openCase } from '../conversation/open-case.ts';
import { revokeLinks } from './revoke-links.ts';

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
  await trx('addresses').where({ id: address.id }).forNoKeyUpdate().first('id');
  const opened = await openCase(trx, { ...about, holdsPromotions: true, at: now, byWorkflow: false });
  const links = { brand, contact, address: address.e164, actor: CUSTOMER };
  await revokeLinks(trx, { ...links, why: 'wrong_person', case: String(opened) }, now);
}
